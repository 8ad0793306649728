# Training of a base model and of its draft heads, as TorchScript. This file is packed behind hydra_llama.py, whose functions
# and types it calls: training and decoding share what a layer is made of. Only the heads' blocks are spelled out here, because
# training may drop numbers between them.
#
# Shapes   B rows of a batch    T tokens of a row    M places of (B, T) that a loss counts    k heads, numbered i from 0
#          D, V, H, K, E, I as in hydra_llama.py
#
# Weights are float32 leaves that require gradient; every step casts them to the data type of the products (kind), so that
# bfloat16 products keep float32 masters. A step gathers the gradients of one batch or several, then clips them and runs AdamW.
#
# A row holds one chat, or several behind one another: chats (B, T) numbers them, with -1 where the row is filled up. No chat sees
# another one. Where every row is one text, chats is (0,).


def cast(weight: Tensor, kind: int) -> __torch__.Linear:
    return __torch__.Linear(weight.to(kind), None, False)


def cast_biased(weight: Tensor, bias: Tensor, kind: int) -> __torch__.Linear:
    return __torch__.Linear(weight.to(kind), bias.to(kind), False)


# A layer's five matrices, of query, key and value in one, output, gate, up, down: from attention's four matrices, or two where the
# first three are one already, and the feed-forward block's three, or two where gate and up are one.
def matrices_of(attention: List[Tensor], feed_forward: List[Tensor]) -> List[Tensor]:
    last = len(attention) - 1
    gate = feed_forward[0]
    up = feed_forward[len(feed_forward) - 2]
    if len(feed_forward) == 2:
        inside = gate.size(0) // 2
        up = gate.narrow(0, inside, inside)
        gate = gate.narrow(0, 0, inside)
    return [torch.cat(attention[0:last], 0), attention[last], gate, up, feed_forward[len(feed_forward) - 1]]


# x with a part of its numbers, picked at random, set to zero, and the others enlarged in return.
def drop(x: Tensor, part: float) -> Tensor:
    if part > 0.0:
        return torch.dropout(x, part, True)
    return x


# What each place may attend to, (B, 1, T, T): itself and what comes before it in its chat. None for all that comes before it.
def chat_mask(chats: Tensor) -> Optional[Tensor]:
    mask : Optional[Tensor] = None
    if chats.numel() > 0:
        mask = torch.tril(chats.unsqueeze(1) == chats.unsqueeze(2)).unsqueeze(1)
    return mask


# The same in layers with a window: of what mask shows, the last so many places, itself included. Without windows, mask itself.
def window_mask(mask: Optional[Tensor], window: int, tokens: Tensor) -> Optional[Tensor]:
    if window == 0:
        return mask
    length = tokens.size(1)
    near = torch.ones([length, length], dtype=11, device=tokens.device)
    near = torch.triu(torch.tril(near), 1 - window)
    if mask is not None:
        return mask & near
    return near


# Attention over whole rows (B, H, T, E), to what mask shows, or to all that comes before.
def causal_attention(q: Tensor, keys: Tensor, values: Tensor, mask: Optional[Tensor], manner: __torch__.Manner) -> Tensor:
    if mask is None and manner.cap == 0.0:
        return torch.scaled_dot_product_attention(q, keys, values, None, 0.0, True, scale=manner.scale)
    length = q.size(2)
    shown = torch.tril(torch.ones([length, length], dtype=11, device=q.device))
    if mask is not None:
        shown = mask
    unseen = torch.zeros(shown.size(), dtype=q.dtype, device=q.device).masked_fill(~shown, float("-inf"))
    return __torch__.attend(q, keys, values, unseen, manner)


# One layer over whole rows: (B, T, D) -> (B, T, D).
def causal_layer(
    x: Tensor, layer: __torch__.Layer, table: __torch__.Angles, heads: List[int], epsilon: float, mask: Optional[Tensor]
) -> Tensor:
    batch = x.size(0)
    length = x.size(1)
    query_heads = heads[0]
    key_heads = heads[1]
    width = table.cos.size(1)
    turned = query_heads + key_heads
    y = __torch__.project(x, layer, heads, epsilon)
    qk = __torch__.rotate(y.narrow(2, 0, turned), table.cos.unsqueeze(1), table.sin.unsqueeze(1))
    groups = query_heads // key_heads
    q = qk.narrow(2, 0, query_heads).transpose(1, 2)                               # (B, H, T, E)
    keys = qk.narrow(2, query_heads, key_heads).transpose(1, 2)
    values = y.narrow(2, turned, key_heads).transpose(1, 2)
    if groups > 1:
        keys = torch.repeat_interleave(keys, groups, 1)
        values = torch.repeat_interleave(values, groups, 1)
    a = __torch__.causal_attention(q, keys, values, mask, layer.manner)
    a = a.transpose(1, 2).reshape([batch, length, query_heads * width])
    x = __torch__.added(x, a, layer.output, layer.attended_norm, epsilon)
    return __torch__.feed_forward(x, layer, epsilon)


class HydraTraining(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    query_heads : int
    key_heads : int
    head_width : int
    epsilon : float
    frequencies : List[Tensor]     # one: (E / 2,) of the rotary embedding
    amplitude : float              # of rotated rows
    window : int                   # as in hydra_llama.py, like the next three
    embedding_scale : float
    output_cap : float
    manners : List[__torch__.Manner]
    windowed : List[int]           # the layers that have a window
    counts_of_layer : List[int]    # how many tensors of each sort a layer of the base has: see layer
    kind : int                     # the data type of products, as torch numbers it
    label_weight : float           # of the heads' cross-entropy against the text
    teacher_weight : float         # of the heads' cross-entropy against the base model's distribution
    decay : float                  # AdamW's, of matrices; vectors do not decay
    dropout : float                # the part of the numbers that a step drops before each of the heads' blocks and scores
    noise : float                  # how much is added to what the heads see in a step: see noisy
    longest : float                # the norm that the gradients of a step are cut to; 0 for no cut
    memory : float                 # AdamW's beta of the squares
    grounded : bool                # whether a head sees the tokens up to the one that it predicts
    base : List[Tensor]            # embedding (V, D), the tensors of each layer (see layer), norm (D,), vocabulary (V, D)
    prefix : List[Tensor]          # those of the prefix layer, its norm (D,); without one: none
    heads : List[List[Tensor]]     # per head: see first_block, later_blocks and head_scores
    repeats : int                  # how often a head's tied block runs
    trained : List[Tensor]         # the leaves that a step updates
    decaying : List[Tensor]        # those of them that decay, as seen without gradient
    means : List[Tensor]           # AdamW's running means of their gradients, and of the squares
    squares : List[Tensor]
    counts : List[Tensor]          # steps made so far
    gathered : List[Tensor]        # the gradients of the step in the making

    def bind_shape(self, query_heads: int, key_heads: int, head_width: int, epsilon: float, kind: int) -> None:
        self.query_heads = query_heads
        self.key_heads = key_heads
        self.head_width = head_width
        self.epsilon = epsilon
        self.kind = kind

    def bind_angles(self, frequencies: Tensor, amplitude: float) -> None:
        self.frequencies = [frequencies.clone()]
        self.amplitude = amplitude

    # As in hydra_llama.py, and which layers have a window.
    def bind_family(
        self, window: int, windowed: List[int], factors: List[float], caps: List[float], norm_offset: float, gelu: bool
    ) -> None:
        self.window = window
        self.windowed = windowed
        self.embedding_scale = __torch__.rounded(factors[1], self.kind)
        self.output_cap = caps[1]
        self.manners = __torch__.manners_of(self.head_width, factors[0], caps[0], norm_offset, gelu)

    def bind_layout(self, counts: List[int]) -> None:
        self.counts_of_layer = counts

    # weights: label, teacher. regularisers: weight decay, dropout, noise. optimiser: norm of the cut, beta of the squares.
    def bind_objective(self, weights: List[float], regularisers: List[float], optimiser: List[float]) -> None:
        self.label_weight = weights[0]
        self.teacher_weight = weights[1]
        self.decay = regularisers[0]
        self.dropout = regularisers[1]
        self.noise = regularisers[2]
        self.longest = optimiser[0]
        self.memory = optimiser[1]

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

    def tensors_of_layer(self) -> int:
        count = 0
        for some in self.counts_of_layer:
            count += some
        return count

    # A tied base comes without a vocabulary of its own.
    def tie(self) -> Tensor:
        if (len(self.base) - 2) % self.tensors_of_layer() == 0:
            self.base.append(self.base[0])
        return torch.tensor(len(self.base))

    # A base to be trained.
    def bind_trained_base(self, weights: List[Tensor]) -> Tensor:
        for weight in weights:
            self.base.append(self.train(weight))
        return self.tie()

    # The next tensors of a base that stays as it is, in the data type of the products; the last ones are followed by tie.
    def bind_frozen_base(self, weights: List[Tensor]) -> Tensor:
        for weight in weights:
            self.base.append(weight.to(self.kind, False, True))
        return torch.tensor(len(self.base))

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

    # The layer whose tensors begin at a place of w: so many norms before, norms behind, norms of queries and keys, attention's
    # matrices, their biases, and the feed-forward block's matrices.
    def layer(self, w: List[Tensor], at: int, counts: List[int], manner: __torch__.Manner) -> __torch__.Layer:
        parts = annotate(List[List[Tensor]], [])
        for count in counts:
            part = annotate(List[Tensor], [])
            for i in range(count):
                part.append(w[at + i].to(self.kind))
            parts.append(part)
            at += count
        linears = annotate(List[__torch__.Linear], [])
        for matrix in __torch__.matrices_of(parts[3], parts[5]):
            linears.append(__torch__.Linear(matrix, __torch__.layer_bias(parts[4], len(linears)), False))
        return __torch__.layer_of(parts[0], parts[1], parts[2], linears, manner)

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
    def hidden_states(self, tokens: Tensor, chats: Tensor) -> Tensor:
        x = torch.embedding(self.base[0], tokens).to(self.kind)
        if self.embedding_scale != 1.0:
            x = x * self.embedding_scale
        table = __torch__.angles(self.frequencies[0], self.amplitude, tokens.size(1), x)
        whole = __torch__.chat_mask(chats)
        near = __torch__.window_mask(whole, self.window, tokens)
        heads = [self.query_heads, self.key_heads]
        size = self.tensors_of_layer()
        for i in range(len(self.base) // size):
            manner = self.manners[1 if i in self.windowed else 0]
            layer = self.layer(self.base, 1 + size * i, self.counts_of_layer, manner)
            x = __torch__.causal_layer(x, layer, table, heads, self.epsilon, near if manner.windowed else whole)
        norm = __torch__.offset(self.base[len(self.base) - 2].to(self.kind), self.manners[0].norm_offset)
        return __torch__.rms_norm(x, norm, self.epsilon)

    # What the heads see of the text, given the base's final hidden rows: (B, T, D) -> (B, T, D). The prefix layer is a plain
    # Llama's, whatever the base is: two norms before, four matrices of attention, three of the feed-forward block.
    def prefix_states(self, hidden: Tensor, chats: Tensor) -> Tensor:
        w = self.prefix
        if len(w) == 0:
            return hidden
        table = __torch__.angles(self.frequencies[0], self.amplitude, hidden.size(1), hidden)
        heads = [self.query_heads, self.key_heads]
        mask = __torch__.chat_mask(chats)
        layer = self.layer(w, 0, [2, 0, 0, 4, 0, 3], self.manners[2])
        x = __torch__.causal_layer(hidden, layer, table, heads, self.epsilon, mask)
        return __torch__.rms_norm(x, w[9].to(self.kind), self.epsilon)

    def scores(self, hidden: Tensor) -> Tensor:
        vocabulary = __torch__.cast(self.base[len(self.base) - 1], self.kind)
        return __torch__.score(hidden, vocabulary, self.output_cap).to(6)

    # Cross-entropy of every next token, weighted by the weight of the token that is predicted.
    def base_loss(self, tokens: Tensor, weights: Tensor) -> Tensor:
        hidden = self.hidden_states(tokens, tokens.new_zeros([0])).narrow(1, 0, tokens.size(1) - 1)
        scores = self.scores(hidden).flatten(0, 1)
        losses = torch.cross_entropy_loss(scores, tokens.slice(1, 1).flatten(), None, 0)
        counted = weights.slice(1, 1).flatten()
        return torch.sum(losses * counted) / torch.sum(counted)

    # The hidden rows of a batch without gradient: as they are handed over, in bytes, or made from the tokens.
    def states(self, tokens: Tensor, chats: Tensor, stored: Tensor) -> Tensor:
        if stored.numel() > 0:
            return torch.view_copy(stored, dtype=self.kind)
        return self.hidden_states(tokens, chats).detach()

    # The same as bytes, (B, T, D times the size of a number), to be kept.
    def hidden_bytes(self, tokens: Tensor, chats: Tensor) -> Tensor:
        return torch.view_copy(self.hidden_states(tokens, chats).contiguous(), dtype=0)

    # x (B, T, D) with uniform noise of +-noise / sqrt(L D), L being the tokens of a row (NEFTune, arXiv 2310.05914).
    def noisy(self, x: Tensor, lengths: Tensor, noise: float) -> Tensor:
        if noise == 0.0:
            return x
        bound = noise * torch.rsqrt(lengths.view([-1, 1, 1]).to(6) * x.size(2))    # (B, 1, 1)
        return x + ((torch.rand_like(x, dtype=6) * 2.0 - 1.0) * bound).to(x.dtype)

    # What the heads see: (B T, D) of the text up to each place, and (B T, D) the embedding of each token. Noise spoils the
    # hidden rows too unless a prefix layer reads them, as in the authors' code.
    def seen(self, tokens: Tensor, chats: Tensor, hidden: Tensor, noise: float) -> Tuple[Tensor, Tensor]:
        lengths = torch.sum(chats >= 0, -1) if chats.numel() > 0 else tokens.new_full([tokens.size(0)], tokens.size(1))
        embedded = self.noisy(torch.embedding(self.base[0], tokens).to(self.kind), lengths, noise)
        if len(self.prefix) == 0:
            hidden = self.noisy(hidden, lengths, noise)
        return (self.prefix_states(hidden, chats).flatten(0, 1), embedded.flatten(0, 1))

    # Scores (M, V) of head i at the places at (M,) of the flattened rows; a grounded head also sees the tokens that follow
    # each place. The scores' weight and bias are the last of the head's tensors.
    def head_scores(self, i: int, seen: Tuple[Tensor, Tensor], at: Tensor, dropout: float) -> Tensor:
        w = self.heads[i]
        hidden, embedded = seen
        z = hidden.index_select(0, at)
        if self.grounded:
            parts = [z]
            for j in range(i + 1):
                parts.append(embedded.index_select(0, at + (j + 1)))
            z = self.first_block(__torch__.drop(torch.cat(parts, -1), dropout), w)
        if self.repeats > 0:
            z = self.later_blocks(z, w, dropout)
        scores = __torch__.cast_biased(w[len(w) - 2], w[len(w) - 1], self.kind)
        return __torch__.linear(__torch__.drop(z, dropout), scores).to(6)

    # The flattened places (M,) from which head i predicts a token that counts, i + 2 places on in the same chat.
    def places(self, i: int, weights: Tensor, chats: Tensor) -> Tensor:
        # rows may be shorter than what the head looks ahead
        shift = min(i + 2, weights.size(1))
        beyond = weights.new_zeros([weights.size(0), shift])
        counted = torch.cat([weights.slice(1, shift), beyond], 1) > 0.0
        if chats.numel() > 0:
            ahead = torch.cat([chats.slice(1, shift), beyond.to(4) - 2], 1)
            counted = counted & (ahead == chats)
        return torch.nonzero(counted.flatten()).squeeze(1)

    # The losses of all heads, weighted and summed: each the mean over the places that count, times the head's share (k,), which is
    # the batch's part of all places of a step.
    def heads_loss(
        self, tokens: Tensor, weights: Tensor, chats: Tensor, stored: Tensor, shares: Tensor, regularised: bool
    ) -> Tensor:
        dropout = self.dropout if regularised else 0.0
        noise = self.noise if regularised else 0.0
        hidden = self.states(tokens, chats, stored)                                # (B, T, D)
        seen = self.seen(tokens, chats, hidden, noise)
        flat = tokens.flatten()
        total = torch.zeros([], device=hidden.device)
        for i in range(len(self.heads)):
            at = self.places(i, weights, chats)                                    # (M,)
            if at.size(0) > 0:
                scores = self.head_scores(i, seen, at, dropout)
                loss = torch.zeros([], device=hidden.device)
                if self.label_weight > 0.0:
                    labels = flat.index_select(0, at + (i + 2))
                    loss = loss + self.label_weight * torch.cross_entropy_loss(scores, labels, None, 1)
                if self.teacher_weight > 0.0:
                    teacher = self.teacher(hidden, at + (i + 1))
                    loss = loss + self.teacher_weight * torch.cross_entropy_loss(scores, teacher, None, 1)
                total = total + shares[i] * loss
        return total

    # What the base says at flattened places: (M,) -> (M, V), probabilities.
    def teacher(self, hidden: Tensor, at: Tensor) -> Tensor:
        return torch.softmax(self.scores(hidden.flatten(0, 1).index_select(0, at)), -1)

    # Of each head (k, 3 + 2 ranks): the places that count; the sums over them of the loss against the text and of the loss
    # against the base; how often its first, second, ... choice is the text's token; and how often it is the base's likeliest.
    def heads_figures(self, tokens: Tensor, weights: Tensor, chats: Tensor, stored: Tensor) -> Tensor:
        ranks = 5
        hidden = self.states(tokens, chats, stored)
        seen = self.seen(tokens, chats, hidden, 0.0)
        flat = tokens.flatten()
        figures = annotate(List[Tensor], [])
        for i in range(len(self.heads)):
            at = self.places(i, weights, chats)
            scores = self.head_scores(i, seen, at, 0.0)
            labels = flat.index_select(0, at + (i + 2))
            teacher = self.teacher(hidden, at + (i + 1))
            against_text = torch.cross_entropy_loss(scores, labels, None, 2)
            against_base = torch.cross_entropy_loss(scores, teacher, None, 2)
            ranked = torch.topk(scores, ranks, -1)[1]                              # (M, ranks)
            as_text = torch.sum((ranked == labels.unsqueeze(1)).to(6), 0)
            as_base = torch.sum((ranked == torch.argmax(teacher, -1, True)).to(6), 0)
            count = torch.full_like(against_text, at.size(0))
            figures.append(torch.cat([torch.stack([count, against_text, against_base]), as_text, as_base]))
        return torch.stack(figures)

    # At every place of a row of tokens (T,), the rank among each head's choices of the token that it predicts, 0 for the likeliest,
    # given the tokens up to it: (T, k), with -1 where the row has no such token. Of equal scores the lower token comes first.
    def head_ranks(self, tokens: Tensor) -> Tensor:
        row = tokens.unsqueeze(0)
        none = tokens.new_zeros([0])
        seen = self.seen(row, none, self.states(row, none, none), 0.0)
        ranks = annotate(List[Tensor], [])
        for i in range(len(self.heads)):
            shift = i + 2
            count = max(tokens.size(0) - shift, 0)
            at = torch.arange(count, device=tokens.device)
            scores = self.head_scores(i, seen, at, 0.0)                            # (count, V)
            labels = tokens.slice(0, shift).unsqueeze(1)
            score = scores.gather(1, labels)
            lower = torch.arange(scores.size(1), device=tokens.device) < labels
            before = (scores > score) | ((scores == score) & lower)
            ranks.append(torch.cat([torch.sum(before, -1), tokens.new_full([tokens.size(0) - count], -1)]))
        return torch.stack(ranks, 1)

    # The gradient of a loss by every trained tensor: zero by those of heads that no place of the batch counts for.
    def gradients(self, loss: Tensor) -> List[Tensor]:
        gradients = annotate(List[Tensor], [])
        if loss.requires_grad:
            for gradient in torch.grad([loss], self.trained, allow_unused=True):
                at = len(gradients)
                gradients.append(torch.zeros_like(self.trained[at]) if gradient is None else gradient)
        else:
            for weight in self.trained:
                gradients.append(torch.zeros_like(weight))
        return gradients

    def base_gradients(self, tokens: Tensor, weights: Tensor) -> List[Tensor]:
        return self.gradients(self.base_loss(tokens, weights))

    # The gradients of a batch's loss, without drops and noise.
    def heads_gradients(self, tokens: Tensor, weights: Tensor, chats: Tensor, stored: Tensor, shares: Tensor) -> List[Tensor]:
        return self.gradients(self.heads_loss(tokens, weights, chats, stored, shares, False))

    # Adds a loss' gradients to those of the step in the making.
    def gather(self, loss: Tensor) -> Tensor:
        gradients = self.gradients(loss)
        if len(self.gathered) == 0:
            for gradient in gradients:
                self.gathered.append(gradient)
        else:
            torch._foreach_add_(self.gathered, gradients)
        return loss.detach()

    # AdamW at the learning rate over the gradients gathered, whose norm over all tensors is cut. Returns that norm, uncut. What the
    # update writes to are attributes: libtorch drops writes to lists that it can see the end of.
    def update(self, rate: float) -> Tensor:
        norm = torch.norm(torch.stack(torch._foreach_norm(self.gathered)))
        if self.longest > 0.0:
            torch._foreach_mul_(self.gathered, torch.clamp(self.longest * torch.reciprocal(norm + 1e-6), None, 1.0))
        torch._foreach_mul_(self.decaying, 1.0 - rate * self.decay)
        torch._foreach_add_(self.counts, 1)
        torch._fused_adamw_(
            self.trained, self.gathered, self.means, self.squares, annotate(List[Tensor], []), self.counts,
            lr=rate, beta1=0.9, beta2=self.memory, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False
        )
        self.gathered = annotate(List[Tensor], [])
        return norm

    # Trains the base on one batch; rate () is the learning rate. Returns the loss and the gradients' norm.
    def base_step(self, tokens: Tensor, weights: Tensor, rate: Tensor) -> Tensor:
        loss = self.gather(self.base_loss(tokens, weights))
        return torch.stack([loss, self.update(float(rate))])

    # Gathers the gradients of the heads' loss on one batch of a step, with drops and noise. Returns the loss.
    def heads_gather(self, tokens: Tensor, weights: Tensor, chats: Tensor, stored: Tensor, shares: Tensor) -> Tensor:
        return self.gather(self.heads_loss(tokens, weights, chats, stored, shares, True))

    # Ends a step of the heads; rate () is the learning rate. Returns the gradients' norm.
    def heads_update(self, rate: Tensor) -> Tensor:
        return self.update(float(rate))

    # The token that the base says next after each row: (B, T) -> (B,).
    def next_tokens(self, tokens: Tensor) -> Tensor:
        return torch.argmax(self.scores(self.hidden_states(tokens, tokens.new_zeros([0])).select(1, -1)), -1)

    # Scores (T, V) of head i at every place of a row of tokens (T,) from which it sees all that it wants to.
    def scores_of_head(self, tokens: Tensor, head: Tensor) -> Tensor:
        row = tokens.unsqueeze(0)
        none = tokens.new_zeros([0])
        at = torch.arange(tokens.size(0) - (int(head) + 1), device=tokens.device)
        return self.head_scores(int(head), self.seen(row, none, self.states(row, none, none), 0.0), at, 0.0)

    def weights(self) -> List[Tensor]:
        return self.detached(self.trained)

    # AdamW's running means, then its squares, in the order of the weights.
    def moments(self) -> List[Tensor]:
        return self.detached(self.means) + self.detached(self.squares)

    # Puts moments back, as they were after so many steps.
    def restore(self, moments: List[Tensor], steps: Tensor) -> Tensor:
        for i in range(len(self.means)):
            self.means[i].copy_(moments[i])
            self.squares[i].copy_(moments[len(self.means) + i])
            self.counts[i].copy_(steps)
        return torch.tensor(len(moments))

    def detached(self, tensors: List[Tensor]) -> List[Tensor]:
        copies = annotate(List[Tensor], [])
        for tensor in tensors:
            copies.append(tensor.detach().to("cpu"))
        return copies
