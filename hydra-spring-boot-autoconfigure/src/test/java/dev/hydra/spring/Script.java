package dev.hydra.spring;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A tiny real model that answers by a script, as {@link Reciter} goes on by the alphabet: the next token depends on the last one alone. Each
 * answer is a chain of tokens of its own, of one to several characters, that begins behind a cue. The chat template says the cue: the
 * first scene whose condition, in Jinja, is true of the conversation. Heads know the chains but for some places, so that steps keep now
 * more and now less.
 *
 * <p>Conditions may use {@code messages}, {@code tools}, {@code last} (the last message), {@code heard} (what the messages before say) and
 * {@code results} (what all tools have said).
 */
public final class Script {

    /** What the folder is called, and so the model. */
    public static final String NAME = "script";

    private static final int HEADS = 3;
    private static final int WIDTH = 128;
    private static final int POSITIONS = 8192;
    private static final int BYTES = 256;
    private static final long SEED = 20261126;
    private static final List<String> ROLES = List.of("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>");

    private final String template;
    private final List<String> markers;
    private final Map<String, String> scenes = new LinkedHashMap<>();

    private Script(String template, List<String> markers) {
        this.template = template;
        this.markers = markers;
    }

    /**
     * A script without scenes.
     *
     * @param template writes a conversation; what is a role between bars there is a special token
     * @param markers further special tokens; one is said as such where it stands first, and spelled out elsewhere
     */
    public static Script in(String template, String... markers) {
        return new Script(template, List.of(markers));
    }

    /** Adds an answer, for where the condition is true and none of the conditions before. */
    public Script when(String condition, String answer) {
        scenes.put(condition, answer);
        return this;
    }

    /** The model with its heads, opened; its files are written below the given folder. */
    public Hydra open(Path folder) {
        return Hydra.open(options(folder).build());
    }

    /** Options to open the model with its heads. */
    public HydraOptions.Builder options(Path folder) {
        Chains chains = new Chains();
        scenes.values().forEach(chains::add);
        return HydraOptions.builder(writeModel(folder, chains))
                .heads(writeHeads(folder, chains))
                .positions(POSITIONS)
                .device("cpu");
    }

    private Path writeModel(Path parent, Chains chains) {
        ModelConfig config = ModelConfig.llama(chains.size(), WIDTH, 1, 4)
                .intermediate(WIDTH)
                .positions(POSITIONS)
                .endTokens(chains.ends())
                .build();
        Path folder = parent.resolve(NAME);
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes()
                .forEach((name, shape) -> Reciter.add(writer, name, shape, chains.modelWeights(name, shape)));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(Checkpoint.FILE));
            Files.writeString(
                    folder.resolve("tokenizer.json"), Reciter.tokenizer(List.copyOf(chains.pieces), chains.special));
            Files.writeString(folder.resolve("chat_template.jinja"), template + cues());
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String cues() {
        StringBuilder cues = new StringBuilder("""
                {%- set last = messages[-1] -%}
                {%- set said = namespace(heard='', results='') -%}
                {%- for message in messages -%}
                {%- if not loop.last -%}{%- set said.heard = said.heard + message.content -%}{%- endif -%}
                {%- if message.role == 'tool' -%}{%- set said.results = said.results + message.content -%}{%- endif -%}
                {%- endfor -%}
                {%- set heard = said.heard -%}
                {%- set results = said.results -%}
                """);
        int scene = 0;
        for (String condition : scenes.keySet()) {
            cues.append("{%%- %s %s -%%}%s".formatted(scene == 0 ? "if" : "elif", condition, cue(scene)));
            scene++;
        }
        return cues.append("{%- endif -%}").toString();
    }

    private static String cue(int scene) {
        return "<|scene-%d|>".formatted(scene);
    }

    /** Each answer's own: the weights of one that follows many tokens would be little more than noise. */
    private static String end(int scene) {
        return "<|end-%d|>".formatted(scene);
    }

    private Path writeHeads(Path parent, Chains chains) {
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA, HEADS, 1, NAME);
        Path folder = parent.resolve(NAME + "-heads");
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes(ModelConfig.llama(chains.size(), WIDTH, 1, 1).build())
                .forEach((name, shape) -> Reciter.add(writer, name, shape, chains.headWeights(name, shape)));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(HeadsCheckpoint.FILE));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The answers as tokens, each of which is followed by one other. */
    private final class Chains {

        private final Random random = new Random(SEED);
        private final List<String> special = new ArrayList<>();
        private final Set<String> pieces = new LinkedHashSet<>();
        private final List<List<String>> answers = new ArrayList<>();
        private final Set<String> usedMarkers = new LinkedHashSet<>();
        private float[][] embeddings = new float[0][];

        private Chains() {
            special.addAll(ROLES);
            special.addAll(markers);
            for (int scene = 0; scene < scenes.size(); scene++) {
                special.addAll(List.of(cue(scene), end(scene)));
            }
        }

        private void add(String answer) {
            List<String> chain = new ArrayList<>();
            int at = 0;
            while (at < answer.length()) {
                String rest = answer.substring(at);
                String piece =
                        unusedMarkers().filter(rest::startsWith).findFirst().orElseGet(() -> piece(upToAMarker(rest)));
                if (markers.contains(piece)) {
                    usedMarkers.add(piece);
                }
                chain.add(piece);
                at += piece.length();
            }
            answers.add(chain);
        }

        private Stream<String> unusedMarkers() {
            return markers.stream().filter(marker -> !usedMarkers.contains(marker));
        }

        private String upToAMarker(String rest) {
            int end = unusedMarkers()
                    .mapToInt(rest::indexOf)
                    .filter(at -> at > 0)
                    .min()
                    .orElse(rest.length());
            return rest.substring(0, end);
        }

        /** A beginning that no token has yet, and that leaves enough for another one, or all. */
        private String piece(String rest) {
            for (int length = 2 + random.nextInt(4); length < rest.length(); length++) {
                boolean splits = Character.isHighSurrogate(rest.charAt(length - 1));
                if (!splits && rest.length() - length > 12 && pieces.add(rest.substring(0, length))) {
                    return rest.substring(0, length);
                }
            }
            if (rest.length() < 2 || !pieces.add(rest)) {
                throw new IllegalArgumentException("the script has '%s' twice; say it in other words".formatted(rest));
            }
            return rest;
        }

        private int size() {
            return BYTES + pieces.size() + special.size();
        }

        private int id(String token) {
            int at = List.copyOf(pieces).indexOf(token);
            return at >= 0 ? BYTES + at : BYTES + pieces.size() + special.indexOf(token);
        }

        private List<Integer> ends() {
            return IntStream.range(0, scenes.size())
                    .mapToObj(scene -> id(end(scene)))
                    .toList();
        }

        private Map<Integer, Integer> successors() {
            Map<Integer, Integer> successors = new LinkedHashMap<>();
            for (int scene = 0; scene < answers.size(); scene++) {
                int before = id(cue(scene));
                for (String piece : answers.get(scene)) {
                    successors.put(before, id(piece));
                    before = id(piece);
                }
                successors.put(before, id(end(scene)));
            }
            return successors;
        }

        private float[][] embeddings() {
            if (embeddings.length == 0) {
                embeddings = new float[size()][WIDTH];
                for (float[] embedding : embeddings) {
                    for (int column = 0; column < WIDTH; column++) {
                        embedding[column] = (float) random.nextGaussian();
                    }
                }
            }
            return embeddings;
        }

        private float[] modelWeights(String name, List<Long> shape) {
            float[] weights = new float[Reciter.size(shape)];
            if (name.endsWith("norm.weight")) {
                Arrays.fill(weights, 1);
            } else if (name.equals("model.embed_tokens.weight")) {
                for (int token = 0; token < size(); token++) {
                    System.arraycopy(embeddings()[token], 0, weights, token * WIDTH, WIDTH);
                }
            } else if (name.equals("lm_head.weight")) {
                successors().forEach((token, next) -> follow(weights, token, next));
            }
            return weights;
        }

        private float[] headWeights(String name, List<Long> shape) {
            float[] weights = new float[Reciter.size(shape)];
            if (name.endsWith("res_connection.weight")) {
                // of hidden row and drafted tokens side by side, the last token
                int columns = shape.get(1).intValue();
                for (int row = 0; row < WIDTH; row++) {
                    weights[row * columns + columns - WIDTH + row] = 1;
                }
            } else if (name.startsWith("hydra_lm_head") && name.endsWith("weight")) {
                int head = Integer.parseInt(name.split("\\.")[1]);
                successors().forEach((token, next) -> {
                    // each head is wrong at some places
                    follow(weights, token, token % 5 == head ? token : next);
                });
            }
            return weights;
        }

        /** In (vocabulary, width), adds the token's embedding to the row of the one that follows. */
        private void follow(float[] weights, int token, int next) {
            for (int column = 0; column < WIDTH; column++) {
                weights[next * WIDTH + column] += embeddings()[token][column];
            }
        }
    }
}
