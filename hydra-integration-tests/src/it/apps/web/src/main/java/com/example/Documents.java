package com.example;

import java.util.List;
import java.util.Locale;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What there is to look up, by an embedding that counts letters: near enough for three documents. */
@Configuration(proxyBeanMethods = false)
class Documents {

    @Bean
    EmbeddingModel embeddings() {
        return new Letters();
    }

    @Bean
    VectorStore documentStore(EmbeddingModel embeddings) {
        SimpleVectorStore store = SimpleVectorStore.builder(embeddings).build();
        store.add(List.of(
                new Document("Zebras graze on dry grass."),
                new Document("Fuzzy jazz quizzes vex judges."),
                new Document("A kite needs wind and a line.")));
        return store;
    }

    private static final class Letters implements EmbeddingModel {

        @Override
        public EmbeddingResponse call(EmbeddingRequest request) {
            List<Embedding> embeddings = request.getInstructions().stream()
                    .map(text -> new Embedding(count(text), 0))
                    .toList();
            return new EmbeddingResponse(embeddings);
        }

        @Override
        public float[] embed(Document document) {
            return count(document.getText());
        }

        private static float[] count(String text) {
            float[] counts = new float[26];
            text.toLowerCase(Locale.ROOT)
                    .chars()
                    .filter(letter -> letter >= 'a' && letter <= 'z')
                    .forEach(letter -> counts[letter - 'a']++);
            return counts;
        }
    }
}
