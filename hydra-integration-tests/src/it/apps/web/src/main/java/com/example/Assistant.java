package com.example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.rag.advisor.RetrievalAugmentationAdvisor;
import org.springframework.ai.rag.retrieval.search.VectorStoreDocumentRetriever;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Service;

/** Remembers conversations, and looks things up. */
@Service
class Assistant {

    private final ChatClient remembering;
    private final ChatClient reading;

    Assistant(@Qualifier("hydraChatModel") ChatModel model, ChatMemory memory, VectorStore documents) {
        this.remembering = ChatClient.builder(model)
                .defaultAdvisors(MessageChatMemoryAdvisor.builder(memory).build())
                .build();
        this.reading = ChatClient.builder(model)
                .defaultAdvisors(RetrievalAugmentationAdvisor.builder()
                        .documentRetriever(VectorStoreDocumentRetriever.builder()
                                .vectorStore(documents)
                                .topK(1)
                                .build())
                        .build())
                .build();
    }

    /** Answers a turn of a conversation. */
    ChatClientResponse talk(String conversation, String message) {
        return remembering
                .prompt(message)
                .advisors(advisors -> advisors.param(ChatMemory.CONVERSATION_ID, conversation))
                .call()
                .chatClientResponse();
    }

    /** Answers from the documents. */
    ChatClientResponse lookUp(String question) {
        return reading.prompt(question).call().chatClientResponse();
    }
}
