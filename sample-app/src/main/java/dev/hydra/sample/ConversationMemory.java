package dev.hydra.sample;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.stereotype.Component;

/**
 * What was said in each conversation: questions with their answers, the newest of the conversations that went on last. A question
 * that got no answer is forgotten, since models expect the two in turn. Safe for use by several threads.
 */
@Component
final class ConversationMemory implements ChatMemory {

    static final int MOST_CONVERSATIONS = 100;
    static final int MOST_MESSAGES = 40;

    private final Map<String, Deque<Message>> conversations = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    @Override
    public synchronized void add(String conversation, List<Message> messages) {
        Deque<Message> said = conversations.computeIfAbsent(conversation, begun -> new ArrayDeque<>());
        for (Message message : messages) {
            dropUnanswered(said, message);
            said.add(message);
        }
        while (said.size() > MOST_MESSAGES) {
            said.remove();
            said.remove();
        }
        while (conversations.size() > MOST_CONVERSATIONS) {
            conversations.remove(conversations.keySet().iterator().next());
        }
    }

    /** Questions and answers in turn, the oldest first. */
    @Override
    public synchronized List<Message> get(String conversation) {
        List<Message> said = new ArrayList<>(conversations.getOrDefault(conversation, new ArrayDeque<>()));
        if (!said.isEmpty() && isQuestion(said.get(said.size() - 1))) {
            said.remove(said.size() - 1);
        }
        return said;
    }

    @Override
    public synchronized void clear(String conversation) {
        conversations.remove(conversation);
    }

    /** The answer to a question was stopped; remembers what there is of it, unless another question has been asked since. */
    synchronized void cut(String conversation, String question, String answer) {
        Deque<Message> said = conversations.getOrDefault(conversation, new ArrayDeque<>());
        if (!answer.isBlank()
                && !said.isEmpty()
                && isQuestion(said.getLast())
                && question.equals(said.getLast().getText())) {
            said.add(new AssistantMessage(answer));
        }
    }

    private static void dropUnanswered(Deque<Message> said, Message next) {
        if (isQuestion(next) && !said.isEmpty() && isQuestion(said.getLast())) {
            said.removeLast();
        }
    }

    private static boolean isQuestion(Message message) {
        return message.getMessageType() == MessageType.USER;
    }
}
