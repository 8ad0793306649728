package dev.hydra.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the hub is reached and where its files are kept.
 *
 * @param endpoint       the hub or a mirror of it; paths are appended to it
 * @param token          for repositories that are private or ask for consent; null to ask without a name
 * @param cache          folder that holds a folder for every repository
 * @param offline        whether only what the cache holds may be used
 * @param downloads      files that are downloaded at the same time at most
 * @param connectTimeout of a connection's start
 * @param readTimeout    of waiting for an answer, or for its next bytes
 * @param attempts       how often in a row something may fail without a byte gained before it is given up
 * @param pause          before the second attempt; each further pause is twice as long
 */
public record HubOptions(
        URI endpoint,
        @Nullable HubToken token,
        Path cache,
        boolean offline,
        int downloads,
        Duration connectTimeout,
        Duration readTimeout,
        int attempts,
        Duration pause) {
    /** The hub itself. */
    public static final URI PUBLIC_ENDPOINT = URI.create("https://huggingface.co");

    private static final Set<String> YES = Set.of("1", "on", "yes", "true");

    /** Checks the endpoint and the counts. */
    public HubOptions {
        requirePlain(endpoint);
        if (downloads < 1 || attempts < 1) {
            throw new IllegalArgumentException(
                    "%d downloads at a time in %d attempts; expected 1 or more of both".formatted(downloads, attempts));
        }
        if (!isPositive(connectTimeout) || !isPositive(readTimeout) || pause.isNegative()) {
            throw new IllegalArgumentException(
                    "the hub's timeouts are %s and %s, its pause is %s; expected timeouts above 0 and no negative pause"
                            .formatted(connectTimeout, readTimeout, pause));
        }
    }

    // not repeated, since it may have a password in it
    private static void requirePlain(URI endpoint) {
        boolean web = "https".equalsIgnoreCase(endpoint.getScheme()) || "http".equalsIgnoreCase(endpoint.getScheme());
        if (!web || endpoint.getHost() == null || endpoint.getQuery() != null || endpoint.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the hub's endpoint is not a plain web address; expected one such as " + PUBLIC_ENDPOINT);
        }
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    /** Options with their defaults, for a cache. */
    public static Builder builder(Path cache) {
        return new Builder(cache);
    }

    /**
     * What Hugging Face's own clients would use, given the variables of an environment: {@code HF_ENDPOINT}, {@code HF_TOKEN} or
     * {@code HUGGING_FACE_HUB_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME} and
     * {@code HF_HUB_OFFLINE}. The token that their log-in leaves in a file is used where no variable has one.
     *
     * @param variables the value of a variable, null where it is not set
     * @param home      the user's folder
     * @throws IllegalArgumentException if the endpoint or the token cannot be one
     */
    public static Builder fromEnvironment(Function<String, @Nullable String> variables, Path home) {
        Environment environment = new Environment(variables, home);
        Path clients = environment
                .path("HF_HOME")
                .orElseGet(() -> environment
                        .path("XDG_CACHE_HOME")
                        .orElse(home.resolve(".cache"))
                        .resolve("huggingface"));
        Builder options = builder(
                environment.path("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").orElse(clients.resolve("hub")));
        environment.text("HF_ENDPOINT").ifPresent(options::endpoint);
        environment
                .text("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
                .or(() -> read(environment.path("HF_TOKEN_PATH").orElse(clients.resolve("token"))))
                .ifPresent(options::token);
        return options.offline(environment
                .text("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
                .map(value -> YES.contains(value.toLowerCase(Locale.ROOT)))
                .orElse(false));
    }

    // a file that is not there, or not for this user, is no log-in
    private static Optional<String> read(Path file) {
        try {
            return Files.isReadable(file)
                    ? Optional.of(Files.readString(file)).filter(text -> !text.isBlank())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Variables, of which those without a value count as not set. */
    private record Environment(Function<String, @Nullable String> variables, Path home) {

        Optional<String> text(String... names) {
            return Stream.of(names)
                    .map(name -> Optional.ofNullable(variables.apply(name)))
                    .flatMap(Optional::stream)
                    .filter(value -> !value.isBlank())
                    .findFirst();
        }

        Optional<Path> path(String... names) {
            return text(names)
                    .map(value -> value.equals("~") || value.startsWith("~/")
                            ? home.resolve(value.substring(Math.min(2, value.length())))
                            : Path.of(value));
        }
    }

    /** Collects options; every one but the cache has a default. */
    public static final class Builder {
        private Path cache;
        private URI endpoint = PUBLIC_ENDPOINT;
        private @Nullable HubToken token;
        private boolean offline;
        private int downloads = 4;
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration readTimeout = Duration.ofSeconds(30);
        private int attempts = 5;
        private Duration pause = Duration.ofSeconds(1);

        private Builder(Path cache) {
            this.cache = cache;
        }

        /** Folder that holds a folder for every repository. */
        public Builder cache(Path cache) {
            this.cache = cache;
            return this;
        }

        /** The hub or a mirror of it. Default: {@link #PUBLIC_ENDPOINT}; {@link IllegalArgumentException} if it is no address. */
        public Builder endpoint(String endpoint) {
            try {
                this.endpoint = new URI(endpoint.strip().replaceFirst("/+$", ""));
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException(
                        "the hub's endpoint is not a web address: %s at character %d; expected one such as %s"
                                .formatted(e.getReason(), e.getIndex(), PUBLIC_ENDPOINT));
            }
            requirePlain(this.endpoint);
            return this;
        }

        /** Who asks. Default: nobody; {@link IllegalArgumentException} if it cannot be a token. */
        public Builder token(String token) {
            this.token = HubToken.of(token);
            return this;
        }

        /** Whether only what the cache holds may be used. Default: no. */
        public Builder offline(boolean offline) {
            this.offline = offline;
            return this;
        }

        /** Files that are downloaded at the same time at most. Default: 4. */
        public Builder downloads(int downloads) {
            this.downloads = downloads;
            return this;
        }

        /** Of a connection's start. Default: 10 seconds. */
        public Builder connectTimeout(Duration connectTimeout) {
            this.connectTimeout = connectTimeout;
            return this;
        }

        /** Of waiting for an answer, or for its next bytes. Default: 30 seconds. */
        public Builder readTimeout(Duration readTimeout) {
            this.readTimeout = readTimeout;
            return this;
        }

        /** How often in a row something may fail without a byte gained. Default: 5. */
        public Builder attempts(int attempts) {
            this.attempts = attempts;
            return this;
        }

        /** Before the second attempt. Default: 1 second. */
        public Builder pause(Duration pause) {
            this.pause = pause;
            return this;
        }

        /** The options. */
        public HubOptions build() {
            return new HubOptions(
                    endpoint, token, cache, offline, downloads, connectTimeout, readTimeout, attempts, pause);
        }
    }
}
