package dev.hydra.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which documents each keyword leaves, and which schemas are refused. */
class GrammarTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'type':'boolean'} | true | yes",
                "{'type':'null'} | null | 0",
                "{'type':['integer','null']} | null | 1.5",
                "{'type':'integer'} | -12 | 012",
                "{'type':'integer'} | 0 | -0",
                "{'type':'integer'} | 999999999999999 | 1000000000000000",
                "{'type':'integer','minimum':1000000000000000} | 1000000000000000 | 999999999999999",
                "{'type':'integer','minimum':7,'maximum':123} | 99 | 124",
                "{'type':'integer','minimum':7,'maximum':123} | 7 | 6",
                "{'type':'integer','exclusiveMinimum':7,'exclusiveMaximum':9} | 8 | 9",
                "{'type':'integer','minimum':-12,'maximum':-3} | -12 | -13",
                "{'type':'integer','minimum':-2.5,'maximum':2.5} | -2 | 3",
                "{'type':'integer','format':'int32'} | 2147483647 | 2147483648",
                "{'type':'integer','format':'int32'} | -2147483648 | -2147483649",
                "{'type':'integer','multipleOf':1} | 5 | 5.0",
                "{'type':'number'} | -3.25 | 1e5",
                "{'type':'number'} | 0.000001 | .5",
                "{'type':'number'} | 0 | 00.5",
                "{'type':'number','minimum':0,'maximum':1} | 0.999999 | 1.1",
                "{'type':'number','minimum':0,'maximum':1} | 1.0 | -0.1",
                "{'type':'number','exclusiveMinimum':0} | 0.000001 | 0",
                "{'type':'number','minimum':0.55,'maximum':0.75} | 0.7 | 0.5",
                "{'type':'number','minimum':-0.25,'maximum':12.125} | -0.25 | 12.13",
                "{'type':'number','multipleOf':0.01} | 3.14 | 3.141",
                "{'type':'string'} | 'a\\n\\u00e9' | 'a",
                "{'type':'string','maxLength':3} | 'äöü' | 'abcd'",
                "{'type':'string','maxLength':1} | '\\u00e9' | '\\u00e9a'",
                "{'type':'string','minLength':2} | 'ab' | 'a'",
                "{'type':'string','pattern':'^[A-Z]{2}\\\\d+$'} | 'AB7' | 'A7'",
                "{'type':'string','pattern':'b+'} | 'abc' | 'ac'",
                "{'type':'string','pattern':'^a.c$'} | 'a\\'c' | 'a'c'",
                "{'type':'string','format':'date'} | '2024-02-28' | '2023-02-29'",
                "{'type':'string','format':'date-time'} | '2024-12-31T23:59:59Z' | '2024-12-31'",
                "{'type':'string','format':'uuid'} | '123e4567-e89b-12d3-a456-426614174000' | '123e4567'",
                "{'type':'string','format':'ipv4'} | '255.0.10.1' | '256.0.0.1'",
                "{'type':'string','format':'email'} | 'jo.doe@example.org' | 'jo@'",
                "{'type':'string','format':'password'} | 'anything' | anything",
                "{'enum':['a','b',3,null]} | 3 | 'c'",
                "{'type':'string','enum':['a','b',3]} | 'b' | 3",
                "{'type':'integer','enum':[1,5,9],'minimum':4} | 5 | 1",
                "{'const':{'a':[1,'x']}} | {'a':[1,'x']} | {'a':[1]}",
                "{'type':'array','items':{'type':'integer'}} | [1, 2,3] | [1,]",
                "{'type':'array','items':{'const':1},'minItems':2,'maxItems':3} | [1,1] | [1]",
                "{'type':'array','items':{'const':1},'minItems':2,'maxItems':3} | [1,1,1] | [1,1,1,1]",
                "{'type':'array','prefixItems':[{'const':1},{'const':2}],'items':false} | [1,2] | [1,2,3]",
                "{'type':'array','prefixItems':[{'const':1},{'const':2}],'items':{'const':3}} | [1,2,3,3] | [1,3]",
                "{'type':'array','items':false} | [] | [1]",
                "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}}} | {'b':2} | {'b':2,'a':1}",
                "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}},'required':['a']} | {'a': 1, 'b': 2} | {'b':2}",
                "{'type':'object','properties':{'a':{'const':1}},'additionalProperties':false} | {} | {'c':1}",
                "{'type':'object','properties':{'a':{'const':1}},'additionalProperties':{'const':2}} | {'a':1,'c':2} | {'c':2,'a':1}",
                "{'type':'object','additionalProperties':{'type':'integer'}} | {'x':1,'y':2} | {'x':'1'}",
                "{'type':'object','additionalProperties':{'const':1},'minProperties':2} | {'x':1,'y':1} | {'x':1}",
                "{'type':'object','additionalProperties':{'const':1},'maxProperties':1} | {'x':1} | {'x':1,'y':1}",
                "{'type':'object','required':['z']} | {'z':[1]} | {}",
                "{'properties':{'a':{'const':1}}} | {'a':1} | 7",
                "{'anyOf':[{'type':'integer'},{'type':'string'}]} | 'x' | true",
                "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}},'anyOf':[{'required':['a']},{'required':['b']}]} | {'b':2} | {}",
                "{'oneOf':[{'type':'null'},{'type':'integer','maximum':5}]} | 5 | 6",
                "{'oneOf':[{'type':'object','properties':{'k':{'const':'a'},'v':{'type':'integer'}},'required':['k']},{'type':'object','properties':{'k':{'const':'b'}},'required':['k']}]} | {'k':'a','v':1} | {'k':'b','v':1}",
                "{'allOf':[{'type':'integer','minimum':3},{'maximum':5}]} | 4 | 6",
                "{'allOf':[{'type':'object','properties':{'a':{'type':'integer'}}},{'properties':{'a':{'maximum':5},'b':{'const':1}},'required':['a']}]} | {'a':5,'b':1} | {'a':6}",
                "{'$ref':'#/$defs/x','description':'y','$defs':{'x':{'const':1}}} | 1 | 2",
                "{'$defs':{'n':{'type':'object','properties':{'next':{'$ref':'#/$defs/n'}},'additionalProperties':false}},'$ref':'#/$defs/n'} | {'next':{'next':{}}} | {'next':1}",
                "{'type':'object','properties':{'self':{'$ref':'#'}},'additionalProperties':false} | {'self':{}} | {'self':[]}",
                "{'type':'array','items':{}} | [{'a':[null,{}]},1.5,'x'] | [nul]",
                "true | {'a':{'b':[]}} | {a:1}",
            })
    void leavesWhatFits(String schema, String fits, String doesNot) {
        assertThat(accepts(quoted(schema), quoted(fits))).as("%s fits", fits).isTrue();
        assertThat(accepts(quoted(schema), quoted(doesNot)))
                .as("%s does not", doesNot)
                .isFalse();
        assertThat(Documents.complaint(quoted(schema), quoted(fits))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'type':'object','properties':{'a':{'not':{}}}} | $.properties.a.not | not supported",
                "{'type':'object','properties':{'a b':{'type':'text'}}} | $.properties['a b'].type | expected one of",
                "{'type':'array','items':{'type':'string','minLength':-1}} | $.items.minLength | whole number, 0 or more",
                "{'type':'array','uniqueItems':true} | $.uniqueItems | leave it out",
                "{'type':'integer','multipleOf':3} | $.multipleOf | only 1, 0.1",
                "{'type':'string','pattern':'(?=a)b'} | $.pattern | look-around",
                "{'type':'string','pattern':'a{2,1}'} | $.pattern | {n,m}",
                "{'type':'string','pattern':'^a+$','maxLength':3} | $ | say the length in the pattern",
                "{'type':'string','format':'ipv6'} | $.format | not supported",
                "{'oneOf':[{'type':'integer'},{'type':'number'}]} | $.oneOf[1] | use anyOf",
                "{'oneOf':[{'type':'object'},{'type':'object'}]} | $.oneOf[1] | different constants",
                "{'$ref':'other.json'} | $.$ref | only parts of this schema",
                "{'$ref':'#/$defs/none'} | $.$ref | no such part",
                "{'$ref':'#'} | $.$ref | nothing but itself",
                "{'$defs':{'a':{'anyOf':[{'$ref':'#/$defs/b'},{'const':1}]},'b':{'$ref':'#/$defs/a'}},'$ref':'#/$defs/a'} | $.anyOf[0].$ref | nothing but itself",
                "{'$defs':{'a':{'anyOf':[{'$ref':'#/$defs/a'},{'type':'null'}]}},'oneOf':[{'type':'string'},{'$ref':'#/$defs/a'}]} | $.oneOf[1].anyOf[0].$ref | nothing but itself",
                "{'$defs':{'a':{'allOf':[{'$ref':'#/$defs/a'},{'type':'object'}]}},'$ref':'#/$defs/a'} | $ | back to themselves",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} | $ | ever ends",
                "false | $ | ever ends",
                "{'type':'integer','minimum':5,'maximum':4} | $ | ever ends",
                "{'enum':[]} | $ | no value of enum",
                "{'type':'object','required':['a'],'additionalProperties':false} | $.required | add it to properties",
                "{'type':'object','properties':{'a':{}},'minProperties':2} | $.minProperties | require more",
                "{'allOf':[{'type':'string','pattern':'a'},{'pattern':'b'}]} | $.allOf[1].pattern | say it once",
                "{'allOf':[{'properties':{'a':{}},'additionalProperties':false},{'properties':{'b':{}}}]} | $.allOf[1] | name all of them",
                "{'type':'array','items':[{}]} | $.items | prefixItems",
                "{'type':'object' | $ | not JSON",
                "[] | $ | expected an object",
                "{} {} | $ | not JSON",
            })
    void refusesWhatCannotBeGuaranteedAndSaysWhere(String schema, String path, String remedy) {
        assertThatThrownBy(() -> Grammar.ofSchema(quoted(schema)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("schema at " + path + ": ")
                .hasMessageContaining(remedy);
    }

    @Test
    void annotationsSayNothing() {
        String schema = quoted(
                "{'$schema':'https://json-schema.org/draft/2020-12/schema','$id':'x','title':'t','description':'d',"
                        + "'default':1,'examples':[1],'deprecated':true,'readOnly':true,'x-order':1,'nullable':true,'type':'integer'}");
        assertThat(accepts(schema, "1")).isTrue();
        assertThat(accepts(schema, "null")).isFalse();
    }

    @Test
    void whiteSpaceIsBounded() {
        String schema = quoted("{'type':'object','properties':{'a':{'const':1},'b':{'const':2}}}");
        assertThat(accepts(schema, quoted("{'a': 1, 'b': 2}"))).isTrue();
        assertThat(accepts(schema, quoted("{'a':  1}"))).isFalse();
        assertThat(accepts(schema, quoted("{ 'a':1}"))).isFalse();
        assertThat(accepts(schema, quoted("{'a':1} "))).isFalse();
    }

    @Test
    void anyObjectIsAnObjectOfBoundedDepth() {
        String schema = Grammar.anyObject().schema();
        assertThat(accepts(schema, quoted("{'a':[{'b':{'c':[1]}}],'d':null}"))).isTrue();
        assertThat(accepts(schema, "[]")).isFalse();
        assertThat(accepts(schema, quoted("{'a':" + "[".repeat(50) + "]".repeat(50) + "}")))
                .isFalse();
    }

    @Test
    void manyValuesAndLongBoundsCompileQuickly() {
        StringBuilder names = new StringBuilder();
        for (int at = 0; at < 2000; at++) {
            names.append(at == 0 ? "" : ",").append("'name").append(at).append("'");
        }
        String schema = quoted("{'type':'object','properties':{'n':{'enum':[" + names
                + "]},'s':{'type':'string','minLength':1000,'maxLength':100000000}},'required':['n','s']}");
        assertThat(accepts(schema, quoted("{'n':'name1999','s':'" + "x".repeat(1000) + "'}")))
                .isTrue();
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }

    private static boolean accepts(String schema, String document) {
        CompiledGrammar grammar = Grammar.ofSchema(schema).compile();
        Expression rest = grammar.start();
        String key = "";
        for (byte octet : document.getBytes(StandardCharsets.UTF_8)) {
            boolean inKey = rest.isInKey();
            rest = grammar.expressions().next(rest, Byte.toUnsignedInt(octet));
            String closed = inKey && !rest.isInKey() ? key : "";
            key = !rest.isInKey() ? "" : inKey ? key + (char) Byte.toUnsignedInt(octet) : key;
            rest = grammar.expressions().settled(rest, closed, key);
        }
        return rest.isComplete();
    }
}
