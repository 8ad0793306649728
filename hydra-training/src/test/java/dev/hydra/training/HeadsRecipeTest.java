package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.HeadsRecipe.Schedule;
import org.junit.jupiter.api.Test;

class HeadsRecipeTest {

    @Test
    void hydraPlusPlusIsTrainedAsThePublishedHeadsWere() {
        HeadsRecipe paper = HeadsRecipe.paper(HeadsKind.HYDRA_PLUS_PLUS, "base");
        assertThat(paper.heads()).isEqualTo(new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 4, 4, "base"));
        assertThat(paper.objective()).isEqualTo(new Objective(0, 1, 0.2, 0));
        assertThat(paper.optimizer()).isEqualTo(new Optimizer(0.1, 0.999, 1));
        assertThat(paper.rate()).isEqualTo(new LearningRate(5e-4, 100, 0.33));
        assertThat(paper.schedule().rows() * paper.schedule().accumulation()).isEqualTo(32);
        assertThat(paper.schedule().epochs()).isEqualTo(10);
        assertThat(paper.schedule().mostSteps()).isZero();
        assertThat(paper.seed()).isEqualTo(42);
    }

    @Test
    void hydraAndMedusaLearnFromTheTextInOneEpoch() {
        for (HeadsKind kind : new HeadsKind[] {HeadsKind.HYDRA, HeadsKind.MEDUSA}) {
            HeadsRecipe paper = HeadsRecipe.paper(kind, "base");
            assertThat(paper.heads()).isEqualTo(new HeadsConfig(kind, 4, 1, "base"));
            assertThat(paper.objective()).isEqualTo(new Objective(1, 0, 0, 0));
            assertThat(paper.schedule().epochs()).isEqualTo(1);
        }
        HeadsRecipe medusa = HeadsRecipe.paper(HeadsKind.MEDUSA, "base");
        assertThat(medusa.rate().peak()).isEqualTo(1e-3);
        assertThat(medusa.optimizer().weightDecay()).isZero();
        assertThat(medusa.schedule().rows() * medusa.schedule().accumulation()).isEqualTo(128);
    }

    @Test
    void countsStepsSoThatNoRowIsLeftOut() {
        assertThat(new Schedule(4, 8, 1, 0, 1).steps(64)).isEqualTo(2);
        assertThat(new Schedule(4, 8, 1, 0, 1).steps(65)).isEqualTo(3);
        assertThat(new Schedule(4, 8, 10, 0, 1).steps(65_200)).isEqualTo(20_375);
        assertThat(new Schedule(4, 8, 0.5, 0, 1).steps(64)).isEqualTo(1);
        assertThat(new Schedule(4, 8, 0.01, 0, 1).steps(1)).isEqualTo(1);
        assertThat(new Schedule(4, 8, 10, 7, 1).steps(64)).isEqualTo(7);
        assertThat(new Schedule(4, 8, 1, 7, 1).steps(64)).isEqualTo(2);
    }

    @Test
    void rejectsNumbersThatTrainNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Schedule(0, 1, 1, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Schedule(1, 1, 0, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Schedule(1, 1, Double.NaN, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Schedule(1, 1, 1, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Objective(0, 0, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Objective(1, 0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Optimizer(-0.1, 0.9, 1));
    }
}
