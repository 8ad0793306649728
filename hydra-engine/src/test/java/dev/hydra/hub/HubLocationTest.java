package dev.hydra.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubLocationTest {

    @ParameterizedTest
    @CsvSource({
        "hf://lmsys/vicuna-7b-v1.3, lmsys, vicuna-7b-v1.3, main",
        "hf://ankner/hydra-vicuna-7b-v1.3@v1.0, ankner, hydra-vicuna-7b-v1.3, v1.0",
        "hf://a/b@refs/pr/1, a, b, refs/pr/1",
        "hf://A_b/c.d@0123456789abcdef0123456789abcdef01234567, A_b, c.d, 0123456789abcdef0123456789abcdef01234567"
    })
    void readsOwnerNameAndRevision(String text, String owner, String name, String revision) {
        HubLocation location = HubLocation.parse(text);

        assertThat(location).isEqualTo(new HubLocation(owner, name, revision)).hasToString(text);
        assertThat(location.isCommit()).isEqualTo(revision.length() == 40);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf://",
                "hf://gpt2",
                "hf://a/b/c",
                "hf:///b",
                "hf://a/",
                "hf://../b",
                "hf://a/..",
                "hf://a/b--c",
                "hf://a/b..c",
                "hf://a/.b",
                "hf://a/b c",
                "hf://a/b@",
                "hf://a/b@../../x",
                "hf://a/b@/etc",
                "hf://a/b@x/",
                "hf://a/b@x//y",
                "hf://a/b@x/.hidden",
                "hf://a/b@x y",
                "hf://a/b@x\\y",
                "lmsys/vicuna",
                "/models/vicuna"
            })
    void refusesWhatNamesNoRepository(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HubLocation.parse(text))
                .withMessageContaining("expected");
    }

    @Test
    void refusesNamesThatNoRepositoryCanHave() {
        assertThatIllegalArgumentException().isThrownBy(() -> HubLocation.of("a/" + "b".repeat(95)));
        assertThat(HubLocation.isRepository("a/" + "b".repeat(95))).isFalse();
    }

    @Test
    void tellsRepositoriesFromFolders() {
        assertThat(HubLocation.isRepository("lmsys/vicuna-7b-v1.3")).isTrue();
        assertThat(HubLocation.isRepository("/models/vicuna")).isFalse();
        assertThat(HubLocation.isRepository("../vicuna")).isFalse();
        assertThat(HubLocation.isRepository("models/llama/7b")).isFalse();
        assertThat(HubLocation.isRepository("vicuna")).isFalse();
    }

    @Test
    void knowsASnapshotByItsFolder() {
        String commit = "0123456789abcdef0123456789abcdef01234567";
        assertThat(HubLocation.ofSnapshot(
                        Path.of("cache/models--lmsys--vicuna-7b-v1.3/snapshots").resolve(commit)))
                .contains(new HubLocation("lmsys", "vicuna-7b-v1.3", commit));
        assertThat(HubLocation.ofSnapshot(Path.of("/models/vicuna"))).isEmpty();
        assertThat(HubLocation.ofSnapshot(Path.of("datasets--a--b/snapshots").resolve(commit)))
                .isEmpty();
        assertThat(HubLocation.ofSnapshot(Path.of("/"))).isEmpty();
    }
}
