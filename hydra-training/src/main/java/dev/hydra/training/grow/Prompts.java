package dev.hydra.training.grow;

import dev.hydra.Hydra;
import dev.hydra.text.ChatMessage;
import dev.hydra.training.evaluate.PromptStyle;
import dev.hydra.training.evaluate.Question;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Texts that a base model continues so that a tree can be grown. */
public interface Prompts {

    /**
     * A text.
     *
     * @param id names it for people
     * @param tokens as the model reads them
     */
    record Prompt(String id, List<Integer> tokens) {

        public Prompt {
            tokens = List.copyOf(tokens);
        }
    }

    /** How many there are. */
    int size();

    /** All of them, in order, as an open model reads them. */
    List<Prompt> read(Hydra hydra);

    /** What is asked; of questions with several turns the first is. */
    static Prompts asked(List<Question> questions, PromptStyle style) {
        return of(
                questions.size(),
                hydra -> questions.stream()
                        .map(question -> new Prompt(question.id(), style.tokens(hydra, messages(question))))
                        .toList());
    }

    private static List<ChatMessage> messages(Question question) {
        ChatMessage first = new ChatMessage("user", question.turns().get(0));
        return Stream.concat(question.before().stream(), Stream.of(first)).toList();
    }

    /** Texts that are tokens already. */
    static Prompts of(List<List<Integer>> texts) {
        List<Prompt> prompts = IntStream.range(0, texts.size())
                .mapToObj(number -> new Prompt(String.valueOf(number + 1), texts.get(number)))
                .toList();
        return of(prompts.size(), hydra -> prompts);
    }

    private static Prompts of(int size, Function<Hydra, List<Prompt>> reader) {
        return new Prompts() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public List<Prompt> read(Hydra hydra) {
                return reader.apply(hydra);
            }
        };
    }
}
