package dev.hydra.hub;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a repository's files are needed. The rules are those by which the engine opens a folder: safetensors before PyTorch's
 * files, a file in one piece before an index with its shards.
 *
 * @param location the repository, for messages
 * @param content  what is needed of it
 * @param names    the paths of all files that there are
 */
record Selection(HubLocation location, HubContent content, Set<String> names) {
    private static final String CONFIG = "config.json";
    private static final List<String> TOKENIZERS = List.of("tokenizer.json", "tokenizer.model");
    private static final Set<String> DESCRIPTIONS = Set.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json");
    private static final Pattern TEMPLATES = Pattern.compile("additional_chat_templates/[A-Za-z0-9_-]+\\.jinja");
    private static final String TREE = "tree.json";
    private static final List<String> HEADS =
            List.of("hydra_lm_head.safetensors", "hydra_lm_head.pt", "medusa_lm_head.safetensors", "medusa_lm_head.pt");
    private static final List<String> WEIGHTS = List.of("model.safetensors", "pytorch_model.bin");
    private static final String INDEX = ".index.json";
    private static final Pattern SHARD = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*\\.(?:safetensors|bin)");
    private static final int SHOWN = 8;

    /** The file that lists the shards of the weights, where they have shards. */
    Optional<String> index() {
        return weights().filter(name -> name.endsWith(INDEX));
    }

    /**
     * All files that are needed.
     *
     * @param folder where the index is, if there is one
     * @throws IncompleteException if one is missing
     * @throws HubException        if the index is none
     * @throws IOException         if the index cannot be read
     */
    List<String> files(Path folder) throws IOException, IncompleteException {
        List<String> files = new ArrayList<>();
        files.add(require(CONFIG));
        String weights = weights().orElseThrow(this::noWeights);
        if (weights.endsWith(INDEX)) {
            for (String shard : shards(folder.resolve(weights))) {
                files.add(require(shard));
            }
        }
        files.add(weights);
        names.stream().filter(this::isDescription).sorted().forEach(files::add);
        return files;
    }

    /**
     * The same of files that others have downloaded, who may not have needed a tokenizer. Throws as {@link #files}.
     */
    List<String> filesWithTokenizer(Path folder) throws IOException, IncompleteException {
        List<String> files = files(folder);
        if (content == HubContent.MODEL && TOKENIZERS.stream().noneMatch(names::contains)) {
            throw new IncompleteException("no " + String.join(" or ", TOKENIZERS));
        }
        return files;
    }

    private boolean isDescription(String name) {
        return content == HubContent.HEADS
                ? name.equals(TREE)
                : DESCRIPTIONS.contains(name) || TEMPLATES.matcher(name).matches();
    }

    private Optional<String> weights() {
        Stream<String> heads = content == HubContent.HEADS ? HEADS.stream() : Stream.empty();
        return Stream.concat(heads, WEIGHTS.stream().flatMap(name -> Stream.of(name, name + INDEX)))
                .filter(names::contains)
                .findFirst();
    }

    private String require(String name) throws IncompleteException {
        if (!names.contains(name)) {
            throw new IncompleteException("no " + name);
        }
        return name;
    }

    private IncompleteException noWeights() {
        List<String> shown = names.stream().sorted().limit(SHOWN).toList();
        return new IncompleteException("no %s that can be opened (%s), but %s%s"
                .formatted(
                        content == HubContent.MODEL ? "weights" : "draft heads",
                        content == HubContent.MODEL
                                ? String.join(", ", WEIGHTS) + ", or its " + INDEX + " with shards"
                                : String.join(", ", HEADS) + ", or heads inside a model's weights",
                        shown.isEmpty() ? "nothing" : String.join(", ", shown),
                        names.size() > SHOWN ? ", …" : ""));
    }

    private Set<String> shards(Path index) throws IOException {
        Set<String> shards = new TreeSet<>();
        try (JsonReader json = new JsonReader(Files.newBufferedReader(index))) {
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals("weight_map") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    json.beginObject();
                    while (json.hasNext()) {
                        json.skipValue();
                        shards.add(json.nextString());
                    }
                    json.endObject();
                } else {
                    json.skipValue();
                }
            }
        } catch (IllegalStateException | JsonParseException | MalformedJsonException | EOFException e) {
            throw badIndex(index, "is not the JSON of an index", e);
        }
        for (String shard : shards) {
            if (!SHARD.matcher(shard).matches()) {
                throw badIndex(index, "lists '%s'".formatted(shard), new IOException("no name of a shard"));
            }
        }
        return shards;
    }

    private HubException badIndex(Path index, String found, Exception cause) {
        return new HubException(
                HubException.Reason.CORRUPT,
                "%s: %s %s; expected the file of every tensor, in the same folder"
                        .formatted(location, index.getFileName(), found),
                cause);
    }
}
