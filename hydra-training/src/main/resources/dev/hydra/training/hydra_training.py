# Training of a Llama base and of its draft heads, as TorchScript. This file is packed behind hydra_llama.py, whose functions
# and types it calls: training and decoding share what a layer is made of. Only the heads' blocks are spelled out here, because
# training may drop numbers between them.
#
# Shapes   B rows of a batch    T tokens of a row    M rows of (B, T) that a loss counts    k heads, numbered i from 0
#          D, V, H, K, E, I as in hydra_llama.py
#
# Weights are float32 leaves that require gradient; every step casts them to the data type of the products (kind), so that
# bfloat16 products keep float32 masters. One call is one optimiser step: forward, backward, clip, AdamW.


def cast(weight: Tensor, kind: int) -> __torch__.Linear:
    return __torch__.Linear(weight.to(kind), None, False)


def cast_biased(weight: Tensor, bias: Tensor, kind: int) -> __torch__.Linear:
    return __torch__.Linear(weight.to(kind), bias.to(kind), False)


# x with a part of its numbers, picked at random, set to zero, and the others enlarged in return.
def drop(x: Tensor, part: float) -> Tensor:
    if part > 0.0:
        return torch.dropout(x, part, True)
    return x


# One Llama layer over whole rows, every position attending to itself and to those before it: (B, T, D) -> (B, T, D).
def causal_layer(x: Tensor, layer: __torch__.Layer, table: __torch__.Angles, heads: List[int], epsilon: float) -> Tensor:
    batch = x.size(0)
    length = x.size(1)
    query_heads = heads[0]
    key_heads = heads[1]
    width = table.cos.size(1)
    turned = query_heads + key_heads
    y = __torch__.linear(__torch__.rms_norm(x, layer.attention_norm, epsilon), layer.query_key_value)
    y = y.view([batch, length, turned + key_heads, width])
    qk = __torch__.rotate(y.narrow(2, 0, turned), table.cos.unsqueeze(1), table.sin.unsqueeze(1))
    groups = query_heads // key_heads
    q = qk.narrow(2, 0, query_heads).transpose(1, 2)                               # (B, H, T, E)
    keys = qk.narrow(2, query_heads, key_heads).transpose(1, 2)
    values = y.narrow(2, turned, key_heads).transpose(1, 2)
    if groups > 1:
        keys = torch.repeat_interleave(keys, groups, 1)
        values = torch.repeat_interleave(values, groups, 1)
    a = torch.scaled_dot_product_attention(q, keys, values, None, 0.0, True)
    x = x + __torch__.linear(a.transpose(1, 2).reshape([batch, length, query_heads * width]), layer.output)
    return __torch__.feed_forward(x, layer, epsilon)


class HydraTraining(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    query_heads : int
    key_heads : int
    head_width : int
    epsilon : float
    theta : float
    kind : int                     # the data type of products, as torch numbers it
    label_weight : float           # of the heads' cross-entropy against the text
    teacher_weight : float         # of the heads' cross-entropy against the base model's distribution
    decay : float                  # AdamW's, of matrices; vectors do not decay
    dropout : float                # the part of the numbers that a step drops before each of the heads' blocks and scores
    grounded : bool                # whether a head sees the tokens up to the one that it predicts
    base : List[Tensor]            # embedding (V, D), nine tensors per layer (see layer), norm (D,), vocabulary (V, D)
    prefix : List[Tensor]          # nine tensors of the prefix layer (see layer), its norm (D,); without one: none
    heads : List[List[Tensor]]     # per head: see first_block, later_blocks and head_scores
    repeats : int                  # how often a head's tied block runs
    trained : List[Tensor]         # the leaves that a step updates
    decaying : List[Tensor]        # those of them that decay, as seen without gradient
    means : List[Tensor]           # AdamW's running means of their gradients, and of the squares
    squares : List[Tensor]
    counts : List[Tensor]          # steps made so far

    def bind_shape(self, query_heads: int, key_heads: int, head_width: int, epsilon: float, theta: float, kind: int) -> None:
        self.query_heads = query_heads
        self.key_heads = key_heads
        self.head_width = head_width
        self.epsilon = epsilon
        self.theta = theta
        self.kind = kind

    def bind_objective(self, label_weight: float, teacher_weight: float, decay: float, dropout: float) -> None:
        self.label_weight = label_weight
        self.teacher_weight = teacher_weight
        self.decay = decay
        self.dropout = dropout

    def bind_heads(self, grounded: bool, repeats: int) -> None:
        self.grounded = grounded
        self.repeats = repeats

    def train(self, weight: Tensor) -> Tensor:
        leaf = weight.clone().requires_grad_(True)
        self.trained.append(leaf)
        if leaf.dim() > 1:
            self.decaying.append(leaf.detach())
        self.means.append(torch.zeros_like(weight))
        self.squares.append(torch.zeros_like(weight))
        self.counts.append(torch.zeros([]))
        return leaf

    # A tied base comes without a vocabulary of its own.
    def tie(self) -> Tensor:
        if len(self.base) % 9 == 2:
            self.base.append(self.base[0])
        return torch.tensor(len(self.base))

    # A base to be trained.
    def bind_trained_base(self, weights: List[Tensor]) -> Tensor:
        for weight in weights:
            self.base.append(self.train(weight))
        return self.tie()

    # A base that stays as it is, in the data type of the products.
    def bind_frozen_base(self, weights: List[Tensor]) -> Tensor:
        for weight in weights:
            self.base.append(weight.to(self.kind, False, True))
        return self.tie()

    # The prefix layer, to be trained with the heads.
    def bind_trained_prefix(self, weights: List[Tensor]) -> Tensor:
        for weight in weights:
            self.prefix.append(self.train(weight))
        return torch.tensor(len(self.prefix))

    # One more head to be trained.
    def bind_trained_head(self, weights: List[Tensor]) -> Tensor:
        leaves = annotate(List[Tensor], [])
        for weight in weights:
            leaves.append(self.train(weight))
        self.heads.append(leaves)
        return torch.tensor(len(self.heads))

    # The layer whose nine tensors begin at a place of w.
    def layer(self, w: List[Tensor], at: int) -> __torch__.Layer:
        attention = torch.cat([w[at + 1], w[at + 2], w[at + 3]], 0)
        return __torch__.Layer(
            w[at].to(self.kind),
            __torch__.cast(attention, self.kind),
            __torch__.cast(w[at + 4], self.kind),
            w[at + 5].to(self.kind),
            __torch__.cast(w[at + 6], self.kind),
            __torch__.cast(w[at + 7], self.kind),
            __torch__.cast(w[at + 8], self.kind)
        )

    # The first block of a grounded head: (M, (i + 2) D) -> (M, D). Its tensors w come first among the head's: weight and bias
    # of its activated product, then of its residual product. The two products run as one.
    def first_block(self, x: Tensor, w: List[Tensor]) -> Tensor:
        products = __torch__.cast_biased(torch.cat([w[0], w[2]], 0), torch.cat([w[1], w[3]], 0), self.kind)
        y = __torch__.linear(x, products)
        width = w[0].size(0)
        return y.narrow(-1, width, width) + torch.silu(y.narrow(-1, 0, width))

    # The tied blocks of a head, whose residual is what they are given: (M, D) -> (M, D). Their weight and bias come before the
    # scores' among the head's tensors w.
    def later_blocks(self, x: Tensor, w: List[Tensor], dropout: float) -> Tensor:
        block = __torch__.cast_biased(w[len(w) - 4], w[len(w) - 3], self.kind)
        for i in range(self.repeats):
            x = __torch__.drop(x, dropout)
            x = x + torch.silu(__torch__.linear(x, block))
        return x

    # The final hidden rows of whole rows of tokens: (B, T) -> (B, T, D).
    def hidden_states(self, tokens: Tensor) -> Tensor:
        x = torch.embedding(self.base[0], tokens).to(self.kind)
        table = __torch__.angles(self.theta, self.head_width, tokens.size(1), x)
        heads = [self.query_heads, self.key_heads]
        for i in range(len(self.base) // 9):
            x = __torch__.causal_layer(x, self.layer(self.base, 1 + 9 * i), table, heads, self.epsilon)
        return __torch__.rms_norm(x, self.base[len(self.base) - 2].to(self.kind), self.epsilon)

    # What the heads see of the text, given the base's final hidden rows: (B, T, D) -> (B, T, D).
    def prefix_states(self, hidden: Tensor) -> Tensor:
        w = self.prefix
        if len(w) == 0:
            return hidden
        table = __torch__.angles(self.theta, self.head_width, hidden.size(1), hidden)
        x = __torch__.causal_layer(hidden, self.layer(w, 0), table, [self.query_heads, self.key_heads], self.epsilon)
        return __torch__.rms_norm(x, w[9].to(self.kind), self.epsilon)

    def scores(self, hidden: Tensor) -> Tensor:
        return __torch__.linear(hidden, __torch__.cast(self.base[len(self.base) - 1], self.kind)).to(6)

    # Cross-entropy of every next token, weighted by the weight of the token that is predicted.
    def base_loss(self, tokens: Tensor, weights: Tensor) -> Tensor:
        hidden = self.hidden_states(tokens).narrow(1, 0, tokens.size(1) - 1)
        scores = self.scores(hidden).flatten(0, 1)
        losses = torch.cross_entropy_loss(scores, tokens.slice(1, 1).flatten(), None, 0)
        counted = weights.slice(1, 1).flatten()
        return torch.sum(losses * counted) / torch.sum(counted)

    # Scores (M, V) of head i at the places at (M,) of the flattened rows; a grounded head also sees the tokens that follow
    # each place. The scores' weight and bias are the last of the head's tensors.
    def head_scores(self, i: int, hidden: Tensor, tokens: Tensor, at: Tensor, dropout: float) -> Tensor:
        w = self.heads[i]
        z = hidden.index_select(0, at)
        if self.grounded:
            seen = [z]
            for j in range(i + 1):
                seen.append(torch.embedding(self.base[0], tokens.index_select(0, at + (j + 1))).to(self.kind))
            z = self.first_block(__torch__.drop(torch.cat(seen, -1), dropout), w)
        if self.repeats > 0:
            z = self.later_blocks(z, w, dropout)
        scores = __torch__.cast_biased(w[len(w) - 2], w[len(w) - 1], self.kind)
        return __torch__.linear(__torch__.drop(z, dropout), scores).to(6)

    # The heads' losses summed, and (k, 3 + 8): of each head the loss against the text, the loss against the base model, how
    # often its first choice is the text's token, and how often its first, second, ... choice is the base model's. Head i
    # stands at t and predicts the token at t + i + 2; only predicted tokens whose weight is positive count.
    def heads_loss(self, tokens: Tensor, weights: Tensor) -> Tuple[Tensor, Tensor]:
        return self.dropping_heads_loss(tokens, weights, 0.0)

    # The same of heads that drop a part of their numbers.
    def dropping_heads_loss(self, tokens: Tensor, weights: Tensor, dropout: float) -> Tuple[Tensor, Tensor]:
        ranks = 8
        batch = tokens.size(0)
        length = tokens.size(1)
        hidden = self.hidden_states(tokens).detach()                               # (B, T, D)
        taught = torch.softmax(self.scores(hidden).flatten(0, 1).detach(), -1)     # (B T, V)
        seen = self.prefix_states(hidden).flatten(0, 1)                            # (B T, D)
        flat = tokens.flatten()
        total = torch.zeros([])
        figures = annotate(List[Tensor], [])
        for i in range(len(self.heads)):
            shift = i + 2
            counted = torch.cat([weights.slice(1, shift), weights.new_zeros([batch, shift])], 1)
            at = torch.nonzero(counted.flatten() > 0.0).squeeze(1)                  # (M,)
            scores = self.head_scores(i, seen, flat, at, dropout)
            labels = flat.index_select(0, at + shift)
            teacher = taught.index_select(0, at + (shift - 1))
            against_text = torch.cross_entropy_loss(scores, labels, None, 1)
            against_base = torch.cross_entropy_loss(scores, teacher, None, 1)
            total = total + self.label_weight * against_text + self.teacher_weight * against_base
            ranked = torch.topk(scores, ranks, -1)[1]                                # (M, ranks)
            as_base = torch.mean((ranked == torch.argmax(teacher, -1, True)).to(6), 0)
            as_text = torch.mean((ranked.select(1, 0) == labels).to(6))
            losses = torch.stack([against_text.detach(), against_base.detach(), as_text])
            figures.append(torch.cat([losses, as_base]))
        return (total, torch.stack(figures))

    # The gradient of a loss by every trained tensor.
    def gradients(self, loss: Tensor) -> List[Tensor]:
        gradients = annotate(List[Tensor], [])
        for gradient in torch.grad([loss], self.trained):
            gradients.append(unchecked_cast(Tensor, gradient))
        return gradients

    def base_gradients(self, tokens: Tensor, weights: Tensor) -> List[Tensor]:
        return self.gradients(self.base_loss(tokens, weights))

    def heads_gradients(self, tokens: Tensor, weights: Tensor) -> List[Tensor]:
        loss, figures = self.heads_loss(tokens, weights)
        return self.gradients(loss)

    # AdamW at the learning rate; the gradients' norm over all tensors is cut to 1. Returns that norm, uncut. What the update
    # writes to are attributes: libtorch drops writes to lists that it can see the end of.
    def update(self, loss: Tensor, rate: float) -> Tensor:
        gradients = self.gradients(loss)
        norm = torch.norm(torch.stack(torch._foreach_norm(gradients)))
        torch._foreach_mul_(gradients, torch.clamp(torch.reciprocal(norm + 1e-6), None, 1.0))
        torch._foreach_mul_(self.decaying, 1.0 - rate * self.decay)
        torch._foreach_add_(self.counts, 1)
        torch._fused_adamw_(
            self.trained, gradients, self.means, self.squares, annotate(List[Tensor], []), self.counts,
            lr=rate, beta1=0.9, beta2=0.99, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False
        )
        return norm

    # Trains the base on one batch; rate () is the learning rate. Returns the loss and the gradients' norm.
    def base_step(self, tokens: Tensor, weights: Tensor, rate: Tensor) -> Tensor:
        loss = self.base_loss(tokens, weights)
        norm = self.update(loss, float(rate))
        return torch.stack([loss.detach(), norm])

    # Trains the heads on one batch. Returns the loss and the gradients' norm, and the heads' figures.
    def heads_step(self, tokens: Tensor, weights: Tensor, rate: Tensor) -> Tuple[Tensor, Tensor]:
        loss, figures = self.dropping_heads_loss(tokens, weights, self.dropout)
        norm = self.update(loss, float(rate))
        return (torch.stack([loss.detach(), norm]), figures)

    # The token that the base says next after each row: (B, T) -> (B,).
    def next_tokens(self, tokens: Tensor) -> Tensor:
        return torch.argmax(self.scores(self.hidden_states(tokens).select(1, -1)), -1)

    def weights(self) -> List[Tensor]:
        weights = annotate(List[Tensor], [])
        for leaf in self.trained:
            weights.append(leaf.detach())
        return weights
