/**
 * Jinja templates with the meaning that they have in Python, and fenced: values are Python's, whatever a template does is counted, and
 * nothing of Java can be reached. Knows no chats. Start at {@link dev.hydra.text.jinja.Template}.
 */
@NullMarked
package dev.hydra.text.jinja;

import org.jspecify.annotations.NullMarked;
