package dev.hydra.schedule;

/**
 * A listener that wants to know of every step, too. Drafted tokens then leave the device at every step of the batch and are made into
 * text, which costs a copy to the host and a few microseconds a node; a generation whose listener is none of these costs nothing.
 */
public interface StepListener extends GenerationListener {

    /** A step was made; the {@link #text} that it added, if any, follows. */
    void stepped(StepReport step);
}
