package dev.hydra.spring.autoconfigure;

import dev.hydra.graph.DataType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The properties {@code hydra.*}. What a property means is said at its field, and from there in its metadata. */
@ConfigurationProperties(HydraProperties.PREFIX)
public class HydraProperties {

    static final String PREFIX = "hydra";
    static final String MODEL_LOCATION = PREFIX + ".model.location";
    static final String HEADS_LOCATION = PREFIX + ".heads.location";
    static final String TREE = PREFIX + ".decoding.tree";

    private final Model model = new Model();
    private final Heads heads = new Heads();
    private final Decoding decoding = new Decoding();
    private final Cache cache = new Cache();
    private final Scheduler scheduler = new Scheduler();
    private final Chat chat = new Chat();

    /** Device that decodes: auto (a GPU where there is one), cpu, gpu, or a numbered GPU such as gpu1. */
    private String device = "auto";

    /** Number format of the weights while decoding. Unset, float32 on a CPU and bfloat16 on a GPU. */
    private @Nullable DataType dataType;

    public Model getModel() {
        return model;
    }

    public Heads getHeads() {
        return heads;
    }

    public Decoding getDecoding() {
        return decoding;
    }

    public Cache getCache() {
        return cache;
    }

    public Scheduler getScheduler() {
        return scheduler;
    }

    public Chat getChat() {
        return chat;
    }

    public String getDevice() {
        return device;
    }

    public void setDevice(String device) {
        this.device = device;
    }

    public @Nullable DataType getDataType() {
        return dataType;
    }

    public void setDataType(@Nullable DataType dataType) {
        this.dataType = dataType;
    }

    /** The base model. */
    public static class Model {

        /**
         * Folder of the base model in Hugging Face's layout (config.json, safetensors, tokenizer.json), or demo for the
         * model inside hydra-demo-model. Unset, the demo model is opened when hydra-demo-model is on the class path.
         */
        private @Nullable String location;

        public @Nullable String getLocation() {
            return location;
        }

        public void setLocation(@Nullable String location) {
            this.location = location;
        }
    }

    /** The draft heads. */
    public static class Heads {

        /**
         * Folder of the draft heads trained for the base model, or none to decode without drafts. Unset, the demo model
         * comes with its own heads and any other model decodes without drafts.
         */
        private @Nullable String location;

        public @Nullable String getLocation() {
            return location;
        }

        public void setLocation(@Nullable String location) {
            this.location = location;
        }
    }

    /** How the model decodes. */
    public static class Decoding {

        /**
         * Draft tree: the name of a shipped one (default, hydra-63), or a JSON file with a list of paths. Unset, the
         * heads' own tree.json, else the shipped default cut to the depth of the heads.
         */
        private @Nullable String tree;

        /** Prompt tokens that are read in one pass; between two passes a request can be cancelled. */
        private int promptChunk = 512;

        public @Nullable String getTree() {
            return tree;
        }

        public void setTree(@Nullable String tree) {
            this.tree = tree;
        }

        public int getPromptChunk() {
            return promptChunk;
        }

        public void setPromptChunk(int promptChunk) {
            this.promptChunk = promptChunk;
        }
    }

    /** What the model remembers of a conversation while it answers. */
    public static class Cache {

        /** Positions per cache row; bounds prompt plus answer. 0 stands for as many as the model knows, 4096 at most. */
        private int positions;

        public int getPositions() {
            return positions;
        }

        public void setPositions(int positions) {
            this.positions = positions;
        }
    }

    /** Who decodes when. */
    public static class Scheduler {

        /** Requests that may wait while another is answered; one more is refused. */
        private int queue = 64;

        public int getQueue() {
            return queue;
        }

        public void setQueue(int queue) {
            this.queue = queue;
        }
    }

    /** What a chat request starts from; each request may ask for something else. */
    public static class Chat {

        /** Tokens that an answer may have. */
        private int maxTokens = 512;

        /** Comma-separated list of texts that end an answer; a request's own are added to them. */
        private List<String> stopSequences = new ArrayList<>();

        public int getMaxTokens() {
            return maxTokens;
        }

        public void setMaxTokens(int maxTokens) {
            this.maxTokens = maxTokens;
        }

        public List<String> getStopSequences() {
            return stopSequences;
        }

        public void setStopSequences(List<String> stopSequences) {
            this.stopSequences = stopSequences;
        }
    }
}
