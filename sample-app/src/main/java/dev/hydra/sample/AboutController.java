package dev.hydra.sample;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tells the page which model answers, and what to ask it. */
@RestController
class AboutController {

    private final About about;

    AboutController(Hydra hydra, SampleProperties sample) {
        ModelDescription model = hydra.description();
        about = new About(
                model.name(),
                model.drafter().heads(),
                model.drafter().treeNodes(),
                model.dataType(),
                model.device(),
                sample.suggestions());
    }

    @GetMapping("/api/about")
    About about() {
        return about;
    }

    /** What the page shows beside the answers; {@code treeNodes} counts the root. */
    record About(
            String model, int draftHeads, int treeNodes, String dataType, String device, List<String> suggestions) {}
}
