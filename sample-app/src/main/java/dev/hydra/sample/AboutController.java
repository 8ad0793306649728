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
                sample.suggestions());
    }

    /** Plain decoding first, then what there are heads for, as the modes are ordered. */
    private static List<Mode> modes(ModelDescription model) {
        return Stream.concat(
                        Stream.of(new Mode(DecodingMode.PLAIN, 0, 1)),
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
     * @param mode of questions that ask for none
     */
    record About(
            String model, String mode, List<Mode> modes, String dataType, String device, List<String> suggestions) {}

    /** A mode that a question may ask for; {@code treeNodes} counts the root. */
    record Mode(DecodingMode name, int draftHeads, int treeNodes) {

        static Mode of(DrafterDescription drafter) {
            return new Mode(drafter.mode(), drafter.heads(), drafter.treeNodes());
        }
    }
}
