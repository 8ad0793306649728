package dev.hydra.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever says only legal tokens says a document that fits, in time. */
class GuideTest {
    private static final int SCHEMAS_PER_BLOCK = 150;
    private static final int TEXTS_PER_SCHEMA = 6;

    private static int texts;
    private static int compared;
    private static int tight;

    @AfterAll
    static void showsWhatWasTried() {
        System.out.printf("texts written %d, with no token to spare %d; sets compared %d%n", texts, tight, compared);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyTextOfLegalTokensIsADocumentThatFits(long block) {
        for (long seed = block * 10_000; seed < block * 10_000 + SCHEMAS_PER_BLOCK; seed++) {
            Random random = new Random(seed);
            String schema = RandomSchemas.next(random);
            List<byte[]> tokens = RandomVocabulary.next(random);
            Guide guide = guide(schema, tokens);
            for (int text = 0; text < TEXTS_PER_SCHEMA; text++) {
                int spare = random.nextInt(random.nextBoolean() ? 3 : 60);
                tight += spare == 0 ? 1 : 0;
                String document = write(guide, tokens, guide.shortest() + spare, random);
                assertThat(Documents.complaint(schema, document))
                        .as("seed %d, schema %s, document %s", seed, schema, document)
                        .isEmpty();
                texts++;
            }
        }
    }

    /** Says random legal tokens, with as many tokens as there are, and gives the document. */
    private static String write(Guide guide, List<byte[]> tokens, int budget, Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Place place = guide.start();
        for (int left = budget - 1; !place.isEnded(); left--) {
            if (left < 0) {
                assertThat(place.isComplete())
                        .as("no tokens left behind %s", bytes)
                        .isTrue();
                break;
            }
            BitSet legal = guide.legal(place, left);
            if (place.isComplete() && legal.stream().allMatch(guide::isEnd)) {
                break;
            }
            assertThat(legal.isEmpty()).as("stuck behind %s", bytes).isFalse();
            int token = pick(legal, random);
            if (guide.isEnd(token)) {
                break;
            }
            bytes.writeBytes(tokens.get(token));
            place = guide.next(place, token);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static int pick(BitSet set, Random random) {
        int[] all = set.stream().toArray();
        return all[random.nextInt(all.length)];
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void legalTokensAreThoseThatBruteForceFinds(long block) {
        for (long seed = block * 10_000; seed < block * 10_000 + SCHEMAS_PER_BLOCK / 2; seed++) {
            Random random = new Random(seed);
            compareWithBruteForce(RandomSchemas.next(random), random);
        }
    }

    /** What is left out of the key under which a set is kept must not matter. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'array','items':{'type':'string','minLength':70,'maxLength':90},'minItems':2}",
                "{'type':'string','pattern':'^(?:ab){60,80}c$'}",
                "{'type':'string','minLength':300}",
                "{'anyOf':[{'type':'string','minLength':80},{'type':'string','pattern':'^a{90}'}]}",
                "{'type':'object','additionalProperties':{'type':'integer'},'minProperties':12}",
                "{'type':'object','properties':{'a':true},'additionalProperties':true,'minProperties':6,'maxProperties':8}",
                "{'anyOf':[{'type':'object','additionalProperties':{'type':'integer'},'minProperties':9},"
                        + "{'type':'object','additionalProperties':{'type':'string'},'minProperties':7}]}"
            })
    void legalTokensAreThoseThatBruteForceFindsWhateverIsCounted(String schema) {
        for (long seed = 0; seed < 4; seed++) {
            compareWithBruteForce(schema.replace('\'', '"'), new Random(seed));
        }
    }

    private static void compareWithBruteForce(String schema, Random random) {
        List<byte[]> tokens = RandomVocabulary.next(random);
        TokenTrie trie = new TokenTrie(tokens);
        int end = tokens.size() - 1;
        Guide guide = new Guide(Grammar.ofSchema(schema), trie, Set.of(end), new MaskCache());
        BruteForce force = new BruteForce(Grammar.ofSchema(schema), trie);
        List<Integer> said = new ArrayList<>();
        Place place = guide.start();
        for (int left = guide.shortest() - 1 + random.nextInt(40); left >= 0 && !place.isEnded(); left--) {
            BitSet legal = guide.legal(place, left);
            BitSet expected = force.allowed(said, left);
            expected.set(end, place.isComplete());
            assertThat(legal)
                    .as("schema %s, said %s", schema, text(tokens, said))
                    .isEqualTo(expected);
            compared++;
            int token = pick(legal, random);
            if (token == end) {
                break;
            }
            said.add(token);
            place = guide.next(place, token);
        }
    }

    private static String text(List<byte[]> tokens, List<Integer> said) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        said.forEach(token -> bytes.writeBytes(tokens.get(token)));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void keysOfAFreeObjectDiffer() {
        String schema =
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9},\"minProperties\":30}";
        List<byte[]> tokens = RandomVocabulary.next(new Random(1));
        Guide guide = guide(schema, tokens);
        for (int seed = 0; seed < 50; seed++) {
            String document = write(guide, tokens, guide.shortest() + seed % 5, new Random(seed));
            assertThat(Documents.complaint(schema, document)).as(document).isEmpty();
        }
    }

    @Test
    void placesThatAllowTheSameTokensShareTheirSet() {
        String schema = "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":5000}}";
        List<byte[]> tokens = RandomVocabulary.next(new Random(2));
        Guide guide = guide(schema, tokens);
        Place place = follow(guide, tokens, "[\"");
        BitSet first = guide.legal(place, 1000);
        for (int at = 0; at < 100; at++) {
            place = guide.next(place, token(tokens, "a"));
            assertThat(guide.legal(place, 1000)).isSameAs(first);
        }
    }

    @Test
    void refusesAGrammarThatTheVocabularyCannotSpell() {
        List<byte[]> letters = IntStream.rangeClosed('a', 'z')
                .mapToObj(letter -> new byte[] {(byte) letter})
                .toList();
        assertThatThrownBy(() -> guide("{\"type\":\"object\"}", letters))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vocabulary cannot spell");
    }

    private static Place follow(Guide guide, List<byte[]> tokens, String text) {
        Place place = guide.start();
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            place = guide.next(place, token(tokens, Character.toString((char) octet)));
        }
        return place;
    }

    private static int token(List<byte[]> tokens, String spelled) {
        return IntStream.range(0, tokens.size())
                .filter(token -> new String(tokens.get(token), StandardCharsets.ISO_8859_1).equals(spelled))
                .findFirst()
                .orElseThrow();
    }

    private static Guide guide(String schema, List<byte[]> tokens) {
        return new Guide(Grammar.ofSchema(schema), new TokenTrie(tokens), Set.of(tokens.size() - 1), new MaskCache());
    }
}
