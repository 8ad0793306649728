package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.Completion;
import dev.hydra.demo.DemoModel;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The program that opens the embedded model for {@link FirstAnswerBenchmark}, and tells what its first callers wait for. */
final class FirstAnswer {

    /** What it measures, in milliseconds. */
    static final List<String> FIGURES = List.of("open", "firstToken", "wholeAnswer", "secondFirstToken");

    private static final String QUESTION = "Tell me a story about a girl and a lost kite.";

    private FirstAnswer() {}

    /**
     * Opens the model, asks it twice and prints the figures.
     *
     * @param arguments {@code warm} to warm the model up
     */
    public static void main(String[] arguments) throws InterruptedException {
        DemoModel demo = DemoModel.extract();
        long from = System.nanoTime();
        try (Hydra hydra = Hydra.open(HydraOptions.builder(demo.model())
                .heads(demo.heads())
                .device("cpu")
                .warmUp(arguments[0].equals("warm"))
                .build())) {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("open", milliseconds(System.nanoTime() - from));
            long asked = System.nanoTime();
            Completion first = ask(hydra);
            figures.put("wholeAnswer", milliseconds(System.nanoTime() - asked));
            figures.put(
                    "firstToken",
                    milliseconds(first.statistics().timeToFirstToken().toNanos()));
            figures.put(
                    "secondFirstToken",
                    milliseconds(ask(hydra).statistics().timeToFirstToken().toNanos()));
            System.out.println(new Gson().toJson(figures));
        }
    }

    private static Completion ask(Hydra hydra) throws InterruptedException {
        String prompt = hydra.chatTemplate().render(List.of(new ChatMessage("user", QUESTION)), true);
        return hydra.generate(GenerationRequest.of(hydra.tokenizer().encode(prompt)))
                .await();
    }

    private static double milliseconds(long nanos) {
        return nanos / 1e6;
    }
}
