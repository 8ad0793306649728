/**
 * Requests, and the one thread that decodes them. Knows nothing of files or chats. Start at
 * {@link dev.hydra.schedule.Scheduler}.
 */
@NullMarked
package dev.hydra.schedule;

import org.jspecify.annotations.NullMarked;
