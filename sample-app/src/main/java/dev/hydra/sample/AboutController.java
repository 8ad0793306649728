package dev.hydra.sample;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.draft.DecodingMode;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tells the page which model answers, in which modes, and what to ask it. */
@RestController
class AboutController {

    private final About about;

    AboutController(Hydra hydra, SampleProperties sample) {
        ModelDescription model = hydra.description();
        about = new About(
                model.name(),
                model.mode().label(),
                modes(model),
                model.dataType(),
                model.device(),
                model.positions(),
                sample.suggestions());
    }

    /** Plain decoding first, then what there are heads for, as the modes are ordered. */
    private static List<Mode> modes(ModelDescription model) {
        return Stream.concat(
                        Stream.of(new Mode(DecodingMode.PLAIN, DecodingMode.PLAIN.label(), 0, 1)),
                        model.drafters().stream().map(Mode::of).sorted(Comparator.comparing(Mode::name)))
                .toList();
    }

    @GetMapping("/api/about")
    About about() {
        return about;
    }

    /**
     * What the page shows beside the answers.
     *
     * @param mode      of questions that ask for none
     * @param positions tokens of conversation, question and answer together
     */
    record About(
            String model,
            String mode,
            List<Mode> modes,
            String dataType,
            String device,
            int positions,
            List<String> suggestions) {}

    /**
     * A mode that a question may ask for.
     *
     * @param kind      of its heads, which the mode of Hydra and Hydra++ does not tell
     * @param treeNodes nodes of the draft tree, the root included
     */
    record Mode(DecodingMode name, String kind, int draftHeads, int treeNodes) {

        static Mode of(DrafterDescription drafter) {
            return new Mode(drafter.mode(), drafter.kind(), drafter.heads(), drafter.treeNodes());
        }
    }
}
