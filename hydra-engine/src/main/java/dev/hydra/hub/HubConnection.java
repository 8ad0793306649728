package dev.hydra.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks a hub. Redirects are followed here and not by the platform, because the token is for the hub and not for whom it redirects to.
 * Says of every failure whether another attempt may help.
 *
 * <p>May be shared by threads.
 */
final class HubConnection {
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 500, 502, 503, 504);
    private static final int MOST_REDIRECTS = 10;
    /** Bytes; a listing has about 300 for a file. */
    private static final int LARGEST_LISTING = 64 << 20;

    private static final int LONGEST_QUOTE = 200;

    private final HubOptions options;
    private final HttpClient client;

    HubConnection(HubOptions options) {
        this.options = options;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // a connection for each file
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(options.connectTimeout())
                .build();
    }

    /** What one request is answered with. */
    private record Response(int status, HttpHeaders headers, Body body) {}

    /** An answer, and what the answers before it said that redirected to it. */
    private record Answer(Response response, List<HttpHeaders> headers) {

        Optional<String> header(String name) {
            return headers.stream()
                    .flatMap(each -> each.firstValue(name).stream())
                    .findFirst();
        }
    }

    /**
     * A file's bytes.
     *
     * @param from the first of them: what was asked for, or 0 where the server sends all
     */
    record Content(Body body, long from) implements AutoCloseable {
        @Override
        public void close() {
            body.close();
        }
    }

    /** What a repository holds at a location's revision. */
    Listing list(HubLocation location) throws TransientFailure, InterruptedException {
        URI uri = uri(
                "/api/models/%s/revision/%s?blobs=true".formatted(location.repository(), encoded(location.revision())));
        Answer answer = send(location.toString(), request(uri).GET());
        try (Body body = answer.response().body()) {
            requireSuccess(location, location.toString(), answer);
            return Listing.parse(text(body));
        } catch (IllegalArgumentException e) {
            throw new HubException(
                    HubException.Reason.CORRUPT,
                    "%s answers for %s with something that is no listing of a repository: %s; expected the hub, or a mirror of it, at this endpoint"
                            .formatted(options.endpoint(), location, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw broken(location.toString(), e);
        }
    }

    /** Size and hash of a file, where the listing does not have them. */
    HubFile describe(HubLocation location, String commit, String file) throws TransientFailure, InterruptedException {
        String subject = subject(location, file);
        Answer answer = send(
                subject, request(resolve(location, commit, file)).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        answer.response().body().close();
        requireSuccess(location, subject, answer);
        String hash = Stream.of("x-linked-etag", "etag")
                .flatMap(name -> answer.header(name).stream())
                .map(Listing::hash)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
        long size = Stream.of("x-linked-size", "content-length")
                .flatMap(name -> answer.header(name).stream())
                .filter(text -> text.matches("\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(-1);
        HubFile described = new HubFile(file, size, hash);
        if (!described.isKnown()) {
            throw new HubException(
                    HubException.Reason.CORRUPT,
                    "%s: %s gives no size and no SHA-256 or git hash for it; expected a hub that does, since nothing else shows that a file has arrived whole"
                            .formatted(subject, options.endpoint()));
        }
        return described;
    }

    /**
     * Begins to get a file.
     *
     * @param from bytes that are there already
     */
    Content open(HubLocation location, String commit, HubFile file, long from)
            throws TransientFailure, InterruptedException {
        String subject = subject(location, file.path());
        HttpRequest.Builder request =
                request(resolve(location, commit, file.path())).GET();
        if (from > 0) {
            request.header("Range", "bytes=%d-".formatted(from));
        }
        Answer answer = send(subject, request);
        Response response = answer.response();
        int status = response.status();
        boolean taken = false;
        try {
            if (status == 416) {
                // what is there is not the beginning of this file
                throw new TransientFailure(
                        HubException.Reason.CORRUPT,
                        "%s: %s has no bytes from %d on".formatted(subject, options.endpoint(), from),
                        Duration.ZERO);
            }
            requireSuccess(location, subject, answer);
            String range = response.headers().firstValue("content-range").orElse("");
            boolean resumed = status == 206 && range.matches("bytes %d-\\d+/(%d|\\*)".formatted(from, file.size()));
            if (status == 206 && !resumed) {
                throw new TransientFailure(
                        HubException.Reason.CORRUPT,
                        "%s: asked for the bytes from %d on of %d; the server sends '%s'"
                                .formatted(subject, from, file.size(), quote(range)),
                        Duration.ZERO);
            }
            taken = true;
            return new Content(response.body(), resumed ? from : 0);
        } finally {
            if (!taken) {
                response.body().close();
            }
        }
    }

    private Answer send(String subject, HttpRequest.Builder first) throws TransientFailure, InterruptedException {
        HttpRequest request = first.build();
        List<HttpHeaders> headers = new ArrayList<>();
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Response response = send(subject, request);
            boolean own = isHub(request.uri());
            if (own) {
                headers.add(response.headers());
            }
            if (!REDIRECTS.contains(response.status())) {
                return new Answer(response, headers);
            }
            response.body().close();
            URI next = next(subject, request.uri(), response.headers());
            if (request.method().equals("HEAD") && !isHub(next)) {
                // only the hub knows hashes; whoever keeps the bytes does not
                return new Answer(response, headers);
            }
            HttpRequest.Builder following = request(next).method(request.method(), HttpRequest.BodyPublishers.noBody());
            request.headers().firstValue("Range").ifPresent(range -> following.header("Range", range));
            request = following.build();
        }
        throw new HubException(
                HubException.Reason.UNREACHABLE,
                "%s: redirected more than %d times; expected the file: check the endpoint %s"
                        .formatted(subject, MOST_REDIRECTS, options.endpoint()));
    }

    private Response send(String subject, HttpRequest request) throws TransientFailure, InterruptedException {
        AtomicReference<@Nullable Response> begun = new AtomicReference<>();
        try {
            HttpResponse<Body> response = client.send(request, info -> {
                Body body = new Body();
                begun.set(new Response(info.statusCode(), info.headers(), body));
                return body;
            });
            return new Response(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            Response response = begun.get();
            if (response == null) {
                throw broken(subject, e);
            }
            // a connection that breaks early may fail the request although its answer has begun; the body tells of that
            // failure behind what came of it
            response.body().onError(e);
            return response;
        }
    }

    private URI next(String subject, URI from, HttpHeaders headers) {
        String location = headers.firstValue("location").orElse("");
        try {
            URI next = from.resolve(location);
            boolean web = "https".equalsIgnoreCase(next.getScheme())
                    || "http".equalsIgnoreCase(next.getScheme()) && "http".equalsIgnoreCase(from.getScheme());
            if (web && next.getHost() != null && !location.isEmpty()) {
                return next;
            }
        } catch (IllegalArgumentException e) {
            throw badRedirect(subject, location, e);
        }
        throw badRedirect(subject, location, new IOException("not on the web, or less safe than the address before"));
    }

    // an address may carry a signature, so what is behind '?' is not repeated
    private HubException badRedirect(String subject, String location, Exception cause) {
        return new HubException(
                HubException.Reason.UNREACHABLE,
                "%s: redirected to '%s'; expected a web address, and https where the way there is https: check the endpoint %s"
                        .formatted(subject, quote(location.replaceFirst("\\?.*", "")), options.endpoint()),
                cause);
    }

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(options.readTimeout())
                .header("User-Agent", "hydra; java/" + Runtime.version().feature())
                .header("Accept-Encoding", "identity");
        HubToken token = options.token();
        if (token != null && isHub(uri)) {
            request.header("Authorization", token.authorization());
        }
        return request;
    }

    private boolean isHub(URI uri) {
        URI hub = options.endpoint();
        return hub.getScheme().equalsIgnoreCase(uri.getScheme())
                && hub.getHost().equalsIgnoreCase(uri.getHost())
                && port(hub) == port(uri);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private URI resolve(HubLocation location, String commit, String file) {
        return uri("/%s/resolve/%s/%s"
                .formatted(
                        location.repository(),
                        commit,
                        Stream.of(file.split("/", -1))
                                .map(HubConnection::encoded)
                                .collect(Collectors.joining("/"))));
    }

    private URI uri(String path) {
        return URI.create(options.endpoint() + path);
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String text(Body body) throws IOException, InterruptedException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (List<ByteBuffer> bytes = body.next(options.readTimeout());
                !bytes.isEmpty();
                bytes = body.next(options.readTimeout())) {
            for (ByteBuffer part : bytes) {
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                text.write(copy);
            }
            if (text.size() > LARGEST_LISTING) {
                throw new IllegalArgumentException("it has more than " + Bytes.text(LARGEST_LISTING));
            }
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private void requireSuccess(HubLocation location, String subject, Answer answer) throws TransientFailure {
        Response response = answer.response();
        int status = response.status();
        if (status == 200 || status == 206 || REDIRECTS.contains(status)) {
            return;
        }
        String said = response.headers()
                .firstValue("x-error-message")
                .map(message -> " and says '%s'".formatted(quote(message)))
                .orElse("");
        String error = response.headers().firstValue("x-error-code").orElse("");
        String answered = "%s: %s answers %d%s".formatted(subject, options.endpoint(), status, said);
        if (TRANSIENT.contains(status)) {
            throw new TransientFailure(HubException.Reason.BUSY, answered, retryAfter(response.headers()));
        }
        switch (status) {
            case 401, 403 -> throw refused(location, answered, error.equals("GatedRepo"));
            case 404 -> throw notFound(location, answered, error);
            default ->
                throw new HubException(
                        HubException.Reason.UNREACHABLE,
                        "%s; expected 200: check the endpoint and what is between here and it".formatted(answered));
        }
    }

    private HubException refused(HubLocation location, String answered, boolean gated) {
        String page = options.endpoint() + "/" + location.repository();
        boolean known = options.token() != null;
        String remedy;
        if (gated) {
            remedy = known
                    ? "accept the conditions at %s with the account of this token, and wait until access is granted"
                    : "accept the conditions at %s with an account of yours, and give a token of that account";
        } else {
            remedy = known
                    ? "expected a token that may read it: check the name at %s, and that the token is valid and has the right to read it"
                    : "it does not exist, or is not public: check the name at %s, or give a token that may read it";
        }
        return new HubException(HubException.Reason.REFUSED, answered + "; " + remedy.formatted(page));
    }

    private HubException notFound(HubLocation location, String answered, String error) {
        String remedy = switch (error) {
            case "RevisionNotFound" ->
                "there is no revision '%s': expected a branch, a tag or a full commit of %s"
                        .formatted(location.revision(), location.repository());
            case "EntryNotFound" -> "the repository has no such file at this revision";
            default ->
                "there is no repository %s, or no revision '%s' of it: check them at %s"
                        .formatted(location.repository(), location.revision(), options.endpoint());
        };
        return new HubException(HubException.Reason.NOT_FOUND, answered + "; " + remedy);
    }

    private static Duration retryAfter(HttpHeaders headers) {
        String value = headers.firstValue("retry-after").orElse("").strip();
        if (value.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(value));
        }
        if (value.isEmpty()) {
            return Duration.ZERO;
        }
        try {
            Duration until = Duration.between(
                    Instant.now(),
                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT)));
            return until.isNegative() ? Duration.ZERO : until;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    private TransientFailure broken(String subject, IOException failure) {
        String what = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new TransientFailure(
                HubException.Reason.UNREACHABLE,
                "%s: the connection to %s failed: %s".formatted(subject, options.endpoint(), quote(what)),
                failure);
    }

    /** What a failure is about. */
    static String subject(HubLocation location, String file) {
        return "%s: %s".formatted(location, file);
    }

    // another's text in our messages: short and of one line
    private static String quote(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]", "?");
        return line.length() > LONGEST_QUOTE ? line.substring(0, LONGEST_QUOTE) + "…" : line;
    }
}
