package dev.hydra.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile template tries: to run without end, to fill the memory, to reach Java. */
@Timeout(120) // seconds; each takes one or two at most on a machine that does nothing else
class TemplateSafetyTest {
    private static final Map<String, Object> VARIABLES =
            Map.of("text", "words", "list", List.of(1, 2, 3), "map", Map.of("key", "value"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(1000000000) %}x{% endfor %}",
                "{% for i in range(100001) %}x{% endfor %}",
                "{{ range(-1000000000, 1000000000) | list }}",
                "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
                "{% for i in range(100000) %}{% for j in range(100000) %}{% set x = i * j %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s.replace('a', 'aa') %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] | join %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
                "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s is in [ns.s + []] }}{{ {'a': ns.s}.items() | list | string }}",
                "{{ 'x' * 1000000000 }}",
                "{{ 'x' * 9223372036854775807 }}",
                "{{ [1] * 1000000000 }}",
                "{{ (1,) * 1000000000 }}",
                "{{ 2 ** 1000000000 }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ 'x' | center(2000000000) }}",
                "{{ 'x'.center(2000000000) }}",
                "{{ 'x'.zfill(2000000000) }}",
                "{{ 'x'.ljust(2000000000, 'ab') }}",
                "{{ 'x' | indent(2000000000) }}",
                "{{ 'x\\n' * 100000 | indent(100000) }}",
                "{{ [1] | tojson(indent=2000000000) }}",
                "{{ [1, 2] | batch(2000000000, 0) | list }}",
                "{{ [1, 2] | slice(2000000000) | list }}",
                "{{ '%2000000000d' % 1 }}",
                "{{ '%.2000000000f' % 1.5 }}",
                "{{ '{:2000000000}'.format(1) }}",
                "{{ '{:.999999999f}'.format(1.5) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
                "{% macro m(n) %}{{ m(n + 1) ~ m(n + 1) }}{% endmacro %}{{ m(0) }}",
                "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ m(caller=m) }}{% endcall %}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% for i in range(100000) %}{{ range(100000) | sum }}{% endfor %}",
                "{% for i in range(100000) %}{{ range(100000) | sort | length }}{% endfor %}",
                "{% for i in range(100000) %}{% set x = range(99999) | list == range(99999) | list %}{% endfor %}",
                "{% for i in range(100000) %}{% set x = 5 in range(100000) | list %}{% endfor %}",
                "{{ range(100000) | unique | list | length }}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = 'b' in s %}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = s.count('aab') %}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = s.find('b') %}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = s == s ~ '' %}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = s | length %}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set x = s[5] %}{% endfor %}",
                "{% set s = ' ' * 1000000 %}{% for i in range(100000) %}{% set x = (s ~ 'a' ~ s).split() %}{% endfor %}",
                "{% set s = 'a ' * 1000000 %}{% for i in range(100000) %}{% set x = s | title %}{% endfor %}",
                "{% set s = 'a ' * 1000000 %}{% for i in range(100000) %}{% set x = s | wordcount %}{% endfor %}"
            })
    void endsWhatHasNoEnd(String template) {
        assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }

    @Test
    void endsPatternsThatMatchSlowly() {
        String slow = "a".repeat(5000) + "!";
        for (String template : List.of(
                "{{ s | float }}",
                "{{ s | int }}",
                "{{ s | title }}",
                "{{ s | wordcount }}",
                "{{ ('1' * 5000 ~ s) | float }}",
                "{{ s % 1 }}",
                "{{ s.format(1) }}")) {
            try {
                Template.parse(template).render(Map.of("s", slow), Clock.systemUTC());
            } catch (TemplateException e) {
                assertThat(e).hasMessageContaining("places");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 100_000})
    void refusesToReadWhatNestsTooDeeply(int depth) {
        for (String template : List.of(
                "{{ " + "(".repeat(depth) + "1" + ")".repeat(depth) + " }}",
                "{{ " + "[".repeat(depth) + "]".repeat(depth) + " }}",
                "{{ " + "{1:".repeat(depth) + "1" + "}".repeat(depth) + " }}",
                "{{ " + "a[".repeat(depth) + "1" + "]".repeat(depth) + " }}",
                "{{ " + "a(".repeat(depth) + ")".repeat(depth) + " }}",
                "{{ " + "1 if 1 else ".repeat(depth) + "1 }}",
                "{{ 1" + " + 1".repeat(depth) + " }}",
                "{{ a" + ".b".repeat(depth) + " }}",
                "{{ 1" + " | abs".repeat(depth) + " }}",
                "{{ 1" + " and 1".repeat(depth) + " }}",
                "{{ 1" + " if 1".repeat(depth) + " }}",
                "{% set " + "(".repeat(depth) + "a" + ")".repeat(depth) + " = 1 %}",
                "{% if 1 %}".repeat(depth) + "{% endif %}".repeat(depth))) {
            try {
                render(template);
            } catch (TemplateException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void readsALargeTemplateInTimeOrRefusesIt() {
        for (String part : List.of(
                "{{ 1 }}",
                "{% if 1 %}{% endif %}",
                " ",
                "{",
                "a{% set x = 1 %}",
                "{#",
                "{% raw %}",
                "\n  {%- set x = 1 %}",
                "{{ '",
                "}}")) {
            for (int size : List.of(500_000, 2_000_000)) {
                try {
                    render(part.repeat(size / part.length()));
                } catch (TemplateException e) {
                    assertThat(e.getMessage()).isNotBlank();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.getClass() }}",
                "{{ text.getClass().forName('java.lang.Runtime') }}",
                "{{ text.class.name }}",
                "{{ list.getClass() }}",
                "{{ list.class.classLoader }}",
                "{{ list.stream() }}",
                "{{ list.iterator().next() }}",
                "{{ map.getClass() }}",
                "{{ map.entrySet() }}",
                "{{ map.class.name }}",
                "{{ (1).getClass() }}",
                "{{ 1.5.intValue() }}",
                "{{ true.booleanValue() }}",
                "{{ none.name() }}",
                "{{ none.declaringClass.name }}",
                "{{ missing.what }}",
                "{{ (1, 2).items() }}",
                "{{ namespace(a=1).class.name }}",
                "{{ namespace(a=1).getClass() }}",
                "{{ namespace(a=1).set('b', 2) }}",
                "{{ range.getClass() }}",
                "{{ range.call(1) }}",
                "{{ range.__globals__.x }}",
                "{{ ''.__class__.__mro__ }}",
                "{{ ''.__class__.__base__.__subclasses__() }}",
                "{{ joiner().getClass() }}",
                "{{ cycler(1).values.class.name }}",
                "{% for x in list %}{{ loop.getClass() }}{% endfor %}",
                "{% for x in list %}{{ loop.elements.class.name }}{% endfor %}",
                "{% macro m() %}{% endmacro %}{{ m.body.class.name }}",
                "{{ '{0.__class__.__mro__}'.format('') }}",
                "{{ '{0.class.name}'.format(text) }}",
                "{{ text | attr('getClass') | string | attr('x').y }}",
                "{{ list | map(attribute='class.name') | list }}",
                "{{ list | map('getClass') | list }}",
                "{{ [text] | map('attr', 'getClass') | map(attribute='x') | list }}",
                "{{ ____int3rpr3t3r____.getContext() }}",
                "{{ ____int3rpr3t3r____.config }}",
                "{{ filter:upper.filter('a', ____int3rpr3t3r____) }}",
                "{{ java.lang.System.exit(1) }}",
                "{{ T(java.lang.Runtime) }}",
                "{{ fn:list(1) }}",
                "{{ type('java.lang.String') }}",
                "{{ self.x.y }}",
                "{% include '/etc/hostname' %}",
                "{% import '/etc/hostname' as x %}",
                "{% from '/etc/hostname' import x %}",
                "{% extends '/etc/hostname' %}",
                "{% include 'dev/hydra/text/vicuna.jinja' %}",
                "{% do list.append(1) %}",
                "{{ list.append(1) }}",
                "{{ map.update({'a': 1}) }}",
                "{{ map.pop('key') }}",
                "{% set map.key = 1 %}",
                "{{ '7*7' | render }}",
                "{{ 'a' | regex_replace('(a+)+$', 'b') }}",
                "{{ 'a' | shuffle }}"
            })
    void reachesNeitherJavaNorFilesNorOtherPeoplesValues(String template) {
        assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ text.class }}",
                "{{ text.bytes }}",
                "{{ text['class'] }}",
                "{{ list.class }}",
                "{{ list.empty }}",
                "{{ map.class }}",
                "{{ map.empty }}",
                "{{ namespace(a=1).class }}",
                "{{ namespace(a=1).values }}",
                "{{ ''.__class__ }}",
                "{{ range.__globals__ }}",
                "{{ text | attr('class') }}",
                "{{ ____int3rpr3t3r____ }}",
                "{% for x in [1] %}{{ loop.class }}{% endfor %}"
            })
    void seesNoneOfJavasProperties(String template) {
        assertThat(render(template)).isEmpty();
    }

    @Test
    void leavesWhatItIsGivenAsItIs() {
        List<Object> list = new ArrayList<>(List.of(1, 2));
        Map<String, Object> map = new HashMap<>(Map.of("list", list));
        Template.parse("{% set list = list + [3] %}{% set x = list | sort(reverse=true) | list %}{{ x | length }}")
                .render(map, Clock.systemUTC());
        assertThat(map).isEqualTo(Map.of("list", Arrays.asList(1, 2)));
    }

    @Test
    void lastsForALongConversation() {
        List<Map<String, String>> messages = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            messages.add(Map.of("role", i % 2 == 0 ? "user" : "assistant", "content", "many words ".repeat(100)));
        }
        String template = "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
                + "{{ raise_exception('order') }}{% endif %}{% set content = m['content'].split('</think>')[-1].strip() %}"
                + "{{ '<|im_start|>' + m.role + '\\n' + content | trim + '<|im_end|>' + '\\n' }}{% endfor %}";
        assertThat(Template.parse(template)
                        .render(Map.of("messages", messages), Clock.systemUTC())
                        .length())
                .isEqualTo(2000 * (1099 + 24) + 1000 * (4 + 9));
    }

    private static String render(String template) {
        return Template.parse(template).render(VARIABLES, Clock.systemUTC());
    }
}
