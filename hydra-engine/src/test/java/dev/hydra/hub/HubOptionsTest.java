package dev.hydra.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubOptionsTest {
    private static final String TOKEN = "hf_AbCdEf0123456789";

    @TempDir
    Path home;

    private HubOptions options(Map<String, String> variables) {
        return HubOptions.fromEnvironment(variables::get, home).build();
    }

    @Test
    void isThePublicHubAndTheUsualCacheWhereNothingIsSet() {
        HubOptions options = options(Map.of());

        assertThat(options.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(options.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(options.token()).isNull();
        assertThat(options.offline()).isFalse();
    }

    @Test
    void looksForTheCacheWhereOtherClientsDo() {
        assertThat(options(Map.of("XDG_CACHE_HOME", "/x")).cache()).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(options(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/y")).cache())
                .isEqualTo(Path.of("/y/hub"));
        assertThat(options(Map.of("HF_HOME", "/y", "HUGGINGFACE_HUB_CACHE", "/z"))
                        .cache())
                .isEqualTo(Path.of("/z"));
        assertThat(options(Map.of("HUGGINGFACE_HUB_CACHE", "/z", "HF_HUB_CACHE", "~/hub"))
                        .cache())
                .isEqualTo(home.resolve("hub"));
        assertThat(options(Map.of("HF_HUB_CACHE", " ")).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    }

    @Test
    void findsTheTokenWhereOtherClientsDo() throws IOException {
        Path file = home.resolve(".cache/huggingface/token");
        Files.createDirectories(file.getParent());
        Files.writeString(file, TOKEN + "\n");
        Path other = Files.writeString(home.resolve("other"), "hf_other");

        assertThat(authorization(Map.of())).isEqualTo("Bearer " + TOKEN);
        assertThat(authorization(Map.of("HF_TOKEN_PATH", other.toString()))).isEqualTo("Bearer hf_other");
        assertThat(authorization(Map.of("HUGGING_FACE_HUB_TOKEN", "hf_2"))).isEqualTo("Bearer hf_2");
        assertThat(authorization(Map.of("HUGGING_FACE_HUB_TOKEN", "hf_2", "HF_TOKEN", " hf_1 ")))
                .isEqualTo("Bearer hf_1");
        assertThat(options(Map.of("HF_TOKEN_PATH", "/nothing")).token()).isNull();
    }

    private String authorization(Map<String, String> variables) {
        HubToken token = options(variables).token();
        return token == null ? "" : token.authorization();
    }

    @ParameterizedTest
    @CsvSource({"1, true", "ON, true", "yes, true", "True, true", "0, false", "no, false", "'', false"})
    void isOfflineWhenTheVariableSaysSo(String value, boolean offline) {
        assertThat(options(Map.of("HF_HUB_OFFLINE", value)).offline()).isEqualTo(offline);
    }

    @Test
    void takesAMirror() {
        assertThat(options(Map.of("HF_ENDPOINT", "https://mirror.example/api/hub//"))
                        .endpoint())
                .isEqualTo(URI.create("https://mirror.example/api/hub"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://x",
                "huggingface.co",
                "https://",
                "https://user:hf_secret@x",
                "https://x?y=z",
                "https://user:secret@x y"
            })
    void refusesWhatIsNoEndpoint(String endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HubOptions.builder(home).endpoint(endpoint).build())
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("secret"));
    }

    @Test
    void neverSaysTheToken() {
        HubOptions options = HubOptions.builder(home).token(TOKEN).build();

        assertThat(options.toString()).contains("hidden").doesNotContain(TOKEN);
        assertThat(String.valueOf(options.token())).doesNotContain(TOKEN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HubToken.of(TOKEN + "\r\nX: y"))
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain(TOKEN));
    }
}
