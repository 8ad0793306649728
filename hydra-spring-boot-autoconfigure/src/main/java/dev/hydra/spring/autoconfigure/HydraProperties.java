package dev.hydra.spring.autoconfigure;

import dev.hydra.draft.DecodingMode;
import dev.hydra.graph.DataType;
import dev.hydra.spring.chat.ResponseFormat;
import dev.hydra.spring.chat.ToolFormat;
import dev.hydra.text.ChatTemplate;
import java.time.Duration;
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
    static final String USE_OWN_EMBEDDINGS = PREFIX + ".heads.use-own-embeddings";
    static final String DEVICE = PREFIX + ".device";
    static final String WARM_UP = PREFIX + ".warm-up";
    static final String DATA_TYPE = PREFIX + ".model.data-type";
    static final String MODE = PREFIX + ".decoding.mode";
    static final String TREE = PREFIX + ".decoding.tree";
    static final String PROMPT_CHUNK = PREFIX + ".decoding.prompt-chunk";
    static final String ACCEPTANCE = PREFIX + ".decoding.acceptance";
    static final String POSTERIOR_THRESHOLD = PREFIX + ".decoding.posterior-threshold";
    static final String POSTERIOR_ALPHA = PREFIX + ".decoding.posterior-alpha";
    static final String ROWS = PREFIX + ".cache.rows";
    static final String POSITIONS = PREFIX + ".cache.positions";
    static final String QUEUE = PREFIX + ".scheduler.queue";
    static final String CHAT = PREFIX + ".chat";
    static final String CHAT_TEMPLATE = CHAT + ".template";
    static final String HUB = PREFIX + ".hub";

    private final Model model = new Model();
    private final Heads heads = new Heads();
    private final Decoding decoding = new Decoding();
    private final Cache cache = new Cache();
    private final Scheduler scheduler = new Scheduler();
    private final Chat chat = new Chat();
    private final Hub hub = new Hub();

    /** Device that decodes: auto (a GPU where there is one), cpu, gpu, or a numbered GPU such as gpu1. */
    private String device = "auto";

    /**
     * Whether a few tokens are generated before the application is ready, so that the first answer does not wait for what
     * libtorch and the JVM do once. No statistics and no meter count them.
     */
    private boolean warmUp = true;

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

    public Hub getHub() {
        return hub;
    }

    public String getDevice() {
        return device;
    }

    public void setDevice(String device) {
        this.device = device;
    }

    public boolean isWarmUp() {
        return warmUp;
    }

    public void setWarmUp(boolean warmUp) {
        this.warmUp = warmUp;
    }

    /** The base model. */
    public static class Model {

        /**
         * Folder of the base model in Hugging Face's layout (config.json, safetensors, tokenizer.json), a repository on the
         * hub (hf://owner/name or hf://owner/name@revision), or demo for the model inside hydra-demo-model. Unset, the model
         * that the heads name as theirs is opened, and without heads the demo model when hydra-demo-model is on the class
         * path.
         */
        private @Nullable String location;

        /**
         * Number format of weights and activations, which weights are converted to while they are read: auto, float32, bfloat16 or
         * float16. With auto, float32 on a CPU, where it is exact, and bfloat16 on a GPU, or float16 on one that has no bfloat16.
         */
        private NumberFormat dataType = NumberFormat.AUTO;

        public NumberFormat getDataType() {
            return dataType;
        }

        public void setDataType(NumberFormat dataType) {
            this.dataType = dataType;
        }

        public @Nullable String getLocation() {
            return location;
        }

        public void setLocation(@Nullable String location) {
            this.location = location;
        }
    }

    /** How numbers are kept. */
    public enum NumberFormat {
        /** As suits the device. */
        AUTO(null),
        /** IEEE single precision. */
        FLOAT32(DataType.FLOAT32),
        /** The upper half of a single. */
        BFLOAT16(DataType.BFLOAT16),
        /** IEEE half precision. */
        FLOAT16(DataType.FLOAT16);

        private final @Nullable DataType dataType;

        NumberFormat(@Nullable DataType dataType) {
            this.dataType = dataType;
        }

        @Nullable
        DataType dataType() {
            return dataType;
        }
    }

    /** The draft heads. */
    public static class Heads {

        /**
         * Comma-separated list of folders of draft heads trained for the base model, or of repositories on the hub
         * (hf://owner/name or hf://owner/name@revision), at most one set for each decoding mode (one of Medusa heads, one of
         * Hydra or Hydra++ heads), or none to decode without drafts. Unset, the demo model comes with its own heads and any
         * other model decodes without drafts.
         */
        private List<String> location = new ArrayList<>();

        /** Whether the embedding table that comes with the heads replaces the base model's, as in the authors' code. */
        private boolean useOwnEmbeddings;

        public List<String> getLocation() {
            return location;
        }

        public void setLocation(List<String> location) {
            this.location = location;
        }

        public boolean isUseOwnEmbeddings() {
            return useOwnEmbeddings;
        }

        public void setUseOwnEmbeddings(boolean useOwnEmbeddings) {
            this.useOwnEmbeddings = useOwnEmbeddings;
        }
    }

    /** How the model decodes. */
    public static class Decoding {

        /**
         * How drafts are made where a request does not say: plain (not at all), medusa or hydra. Unset, with Hydra heads
         * where there are any, else with Medusa heads, else not at all.
         */
        private @Nullable DecodingMode mode;

        /**
         * Draft tree: the name of a shipped one (default, chain-4, hydra-63, medusa-vicuna-7b-stage2, ...), or a JSON file with
         * a list of paths; the paths to the leaves are enough. Unset, the heads' own tree.json, else the shipped default cut
         * to the depth of the heads.
         */
        private @Nullable String tree;

        /** Tokens of a prompt that are read in one pass; between two passes a request can be cancelled, and others step. */
        private int promptChunk = 512;

        /**
         * What is kept of a draft: exact (what the base model itself would have said, greedy or drawn) or typical (what it
         * finds likely enough). At a temperature above 0, typical acceptance keeps more and does not preserve the base
         * model's distribution: a prompt has one answer, which depends on the heads and the tree. It goes with no
         * option but the temperature.
         */
        private Acceptance acceptance = Acceptance.EXACT;

        /** Probability that is asked of a drafted token at most, above 0 to 1. Applies to typical acceptance. */
        private double posteriorThreshold = 0.09;

        /**
         * Factor of the bound that falls with the entropy of the base model's distribution, above 0 to 1: a drafted token
         * has to be likelier than this factor times exp(-entropy), or than the threshold. Applies to typical acceptance.
         */
        private double posteriorAlpha = 0.3;

        public @Nullable DecodingMode getMode() {
            return mode;
        }

        public void setMode(@Nullable DecodingMode mode) {
            this.mode = mode;
        }

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

        public Acceptance getAcceptance() {
            return acceptance;
        }

        public void setAcceptance(Acceptance acceptance) {
            this.acceptance = acceptance;
        }

        public double getPosteriorThreshold() {
            return posteriorThreshold;
        }

        public void setPosteriorThreshold(double posteriorThreshold) {
            this.posteriorThreshold = posteriorThreshold;
        }

        public double getPosteriorAlpha() {
            return posteriorAlpha;
        }

        public void setPosteriorAlpha(double posteriorAlpha) {
            this.posteriorAlpha = posteriorAlpha;
        }
    }

    /** What is kept of a draft. */
    public enum Acceptance {
        /** What the base model itself would have said. */
        EXACT,
        /** What the base model finds likely enough. */
        TYPICAL
    }

    /** What the model remembers of a conversation while it answers. */
    public static class Cache {

        /**
         * Requests that are decoded together; others wait. Each row takes memory, 2 x layers x key/value width x positions
         * x bytes per number, used or not.
         */
        private int rows = 4;

        /** Positions per cache row; bounds prompt plus answer. 0 stands for as many as the model knows, 4096 at most. */
        private int positions;

        public int getRows() {
            return rows;
        }

        public void setRows(int rows) {
            this.rows = rows;
        }

        public int getPositions() {
            return positions;
        }

        public void setPositions(int positions) {
            this.positions = positions;
        }
    }

    /** Who decodes when. */
    public static class Scheduler {

        /** Requests that may wait while others are answered; one more is refused. */
        private int queue = 64;

        public int getQueue() {
            return queue;
        }

        public void setQueue(int queue) {
            this.queue = queue;
        }
    }

    /**
     * What a chat request starts from; each request may ask for something else. Where neither says anything, the model's
     * generation_config.json does.
     */
    public static class Chat {

        /**
         * How a conversation is written for the model: auto for the model's own template, vicuna (version 1.1), llama-2 or chatml for
         * models without one, or the path of a Jinja file.
         */
        private String template = ChatTemplate.AUTO;

        /**
         * How the model writes calls of tools: auto for the format of its template, or llama, hermes, mistral; json for the general
         * one, which the model is told of in the system message.
         */
        private ToolFormat toolFormat = ToolFormat.AUTO;

        /** Tokens that an answer may have. Unset, as many as the model's files say in max_new_tokens, else 512. */
        private @Nullable Integer maxTokens;

        /** Comma-separated list of texts that end an answer; a request's own are added to them. */
        private List<String> stopSequences = new ArrayList<>();

        /**
         * How freely tokens are drawn, up to 100; at 0, the likeliest token is taken every time. Unset, it is the model's own where
         * its files say do_sample, else 0.
         */
        private @Nullable Double temperature;

        /** How many of the likeliest tokens may be drawn, 0 for all. Unset, as the model's files say. Applies at a temperature above 0. */
        private @Nullable Integer topK;

        /**
         * Probability up to which the likeliest tokens may be drawn, above 0 to 1, for all. Unset, as the model's files say.
         * Applies at a temperature above 0.
         */
        private @Nullable Double topP;

        /**
         * How likely a token has to be to be drawn, as a part of the likeliest one's probability, from 0, for all, to less
         * than 1. Unset, as the model's files say. Applies at a temperature above 0.
         */
        private @Nullable Double minP;

        /** What the draws depend on: the same prompt and options give the same answer. Unset, every answer is drawn anew. */
        private @Nullable Long seed;

        /**
         * What the scores of tokens of the prompt or the answer are divided by, those below 0 multiplied, 0.01 to 100, 1 for
         * nothing. Unset, as the model's files say.
         */
        private @Nullable Double repetitionPenalty;

        /** What a token's score loses for each time that the answer has it, -100 to 100. Unset or 0, nothing. */
        private @Nullable Double frequencyPenalty;

        /** What the scores of tokens lose that the answer has, -100 to 100. Unset or 0, nothing. */
        private @Nullable Double presencePenalty;

        /**
         * What answers are where a request does not say: text, or json for a JSON object, which is whole even where tokens run short.
         * A request's schema goes before it. It goes with no stop sequences. Unset, text.
         */
        private @Nullable ResponseFormat responseFormat;

        public String getTemplate() {
            return template;
        }

        public void setTemplate(String template) {
            this.template = template;
        }

        public ToolFormat getToolFormat() {
            return toolFormat;
        }

        public void setToolFormat(ToolFormat toolFormat) {
            this.toolFormat = toolFormat;
        }

        public @Nullable ResponseFormat getResponseFormat() {
            return responseFormat;
        }

        public void setResponseFormat(@Nullable ResponseFormat responseFormat) {
            this.responseFormat = responseFormat;
        }

        public @Nullable Integer getMaxTokens() {
            return maxTokens;
        }

        public void setMaxTokens(@Nullable Integer maxTokens) {
            this.maxTokens = maxTokens;
        }

        public List<String> getStopSequences() {
            return stopSequences;
        }

        public void setStopSequences(List<String> stopSequences) {
            this.stopSequences = stopSequences;
        }

        public @Nullable Double getTemperature() {
            return temperature;
        }

        public void setTemperature(@Nullable Double temperature) {
            this.temperature = temperature;
        }

        public @Nullable Integer getTopK() {
            return topK;
        }

        public void setTopK(@Nullable Integer topK) {
            this.topK = topK;
        }

        public @Nullable Double getTopP() {
            return topP;
        }

        public void setTopP(@Nullable Double topP) {
            this.topP = topP;
        }

        public @Nullable Double getMinP() {
            return minP;
        }

        public void setMinP(@Nullable Double minP) {
            this.minP = minP;
        }

        public @Nullable Long getSeed() {
            return seed;
        }

        public void setSeed(@Nullable Long seed) {
            this.seed = seed;
        }

        public @Nullable Double getRepetitionPenalty() {
            return repetitionPenalty;
        }

        public void setRepetitionPenalty(@Nullable Double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
        }

        public @Nullable Double getFrequencyPenalty() {
            return frequencyPenalty;
        }

        public void setFrequencyPenalty(@Nullable Double frequencyPenalty) {
            this.frequencyPenalty = frequencyPenalty;
        }

        public @Nullable Double getPresencePenalty() {
            return presencePenalty;
        }

        public void setPresencePenalty(@Nullable Double presencePenalty) {
            this.presencePenalty = presencePenalty;
        }
    }

    /** The Hugging Face hub, where locations that begin with hf:// are. */
    public static class Hub {

        /** Address of the hub or of a mirror. Unset, what HF_ENDPOINT says, else https://huggingface.co. */
        private @Nullable String endpoint;

        /**
         * Access token for models that are private or ask for consent. Unset, what HF_TOKEN or HUGGING_FACE_HUB_TOKEN says,
         * else the one that logging in with Hugging Face's own tools has left in a file.
         */
        private @Nullable String token;

        /**
         * Folder that holds what has been downloaded, shared with Hugging Face's own tools. Unset, what HF_HUB_CACHE or
         * HF_HOME says, else .cache/huggingface/hub in the user's folder.
         */
        private @Nullable String cache;

        /** Whether nothing is downloaded and only the cache is used. Unset, what HF_HUB_OFFLINE says, else no. */
        private @Nullable Boolean offline;

        /** Files that are downloaded at the same time. */
        private int downloads = 4;

        /** How long a connection may take to begin. */
        private Duration connectTimeout = Duration.ofSeconds(10);

        /** How long an answer, or its next bytes, may be waited for. */
        private Duration readTimeout = Duration.ofSeconds(30);

        public @Nullable String getEndpoint() {
            return endpoint;
        }

        public void setEndpoint(@Nullable String endpoint) {
            this.endpoint = endpoint;
        }

        public @Nullable String getToken() {
            return token;
        }

        public void setToken(@Nullable String token) {
            this.token = token;
        }

        public @Nullable String getCache() {
            return cache;
        }

        public void setCache(@Nullable String cache) {
            this.cache = cache;
        }

        public @Nullable Boolean getOffline() {
            return offline;
        }

        public void setOffline(@Nullable Boolean offline) {
            this.offline = offline;
        }

        public int getDownloads() {
            return downloads;
        }

        public void setDownloads(int downloads) {
            this.downloads = downloads;
        }

        public Duration getConnectTimeout() {
            return connectTimeout;
        }

        public void setConnectTimeout(Duration connectTimeout) {
            this.connectTimeout = connectTimeout;
        }

        public Duration getReadTimeout() {
            return readTimeout;
        }

        public void setReadTimeout(Duration readTimeout) {
            this.readTimeout = readTimeout;
        }
    }
}
