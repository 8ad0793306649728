# A Llama and its Hydra heads, whole, as TorchScript.
#
# Shapes   B sequences in the batch    N nodes of the draft tree (or tokens of a prompt's chunk)    D width    V vocabulary
#          L layers    H heads    K key/value heads    G = H / K    E head width    I intermediate width
#          R cache rows    P positions per row    T positions attended to: the longest prefix of the batch, plus N
#
# Loader   libtorch's TorchScript importer reads this file as it stands; no Python is involved. It wants types and free
#          functions called __torch__.X, annotations on everything that is no Tensor, and no docstring directly in a class.
#          pack and product come from packed_products.py or plain_products.py, whichever this machine's libtorch can run.
#          Weights arrive once, through the bind methods; the entries below them are called from Java, one per verb.


class Linear(NamedTuple):
    weight : Tensor                # (out, in), or a packed layout of it
    bias : Optional[Tensor]        # (out,)
    packed : bool


class Layer(NamedTuple):
    attention_norm : Tensor        # (D,)
    query_key_value : __torch__.Linear    # ((H + 2K) E, D)
    output : __torch__.Linear      # (D, H E)
    feed_forward_norm : Tensor     # (D,)
    gate : __torch__.Linear        # (I, D)
    up : __torch__.Linear          # (I, D)
    down : __torch__.Linear        # (D, I)


class Head(NamedTuple):
    path : __torch__.Linear        # (2D (k - d), D): for this head and each deeper one, the block columns of token d + 1
    later : Optional[__torch__.Linear]    # (D, D): the tied later blocks
    repeats : int                  # how often the later block runs
    scores : __torch__.Linear      # (V, D)


class Ends(NamedTuple):
    embedding : Tensor             # (V, D)
    norm : Tensor                  # (D,)
    vocabulary : __torch__.Linear  # (V, D)


class Level(NamedTuple):
    ranks : int                    # the most children that a node of this level has
    children : Tensor              # (n,) the n nodes of the next level, as places in (expanded nodes of this level, ranks)
    expanded : Tensor              # (m,) those of the n that have children themselves
    parents : Tensor               # (m,) the place of each one's parent among the expanded nodes of this level


class Tree(NamedTuple):
    mask : Tensor                  # (G N, N + 2) to be added to the scores: the verified prefix, the N nodes, beyond
    depths : Tensor                # (N,)
    parents : Tensor               # (N,) the root's is the root
    descendants : Tensor           # (N, N) 1 where the row's node is the column's or one of its ancestors
    paths : Tensor                 # (N, depth + 1) the nodes from the root down, the last one repeated
    levels : List[__torch__.Level]


class Cache(NamedTuple):
    rows : Tensor                  # (L, R P, 2K, E) keys and values of every layer: what a commit moves at once
    written : List[Tensor]         # L of (R P, 2K, E), views of rows: where a pass writes
    keys : List[Tensor]            # L of (R, K, P, E), views of rows: what attention reads
    values : List[Tensor]
    hidden : Tensor                # (R, D) at the position whose scores gave the row's root token


class Angles(NamedTuple):
    cos : Tensor                   # (P, E)
    sin : Tensor                   # (P, E), the first half negated: see rotate


def linear(x: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product(x, w.weight, w.bias, "none")
    return torch.linear(x, w.weight, w.bias)


# other + linear(x, w)
def linear_plus(x: Tensor, other: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product_plus(x, other, w.weight, w.bias)
    return other + torch.linear(x, w.weight, w.bias)


# The place of the largest score; ties go to the lower token id. torch.argmax finds the same two to four times as slowly.
def likeliest(scores: Tensor) -> Tensor:
    return torch.max(scores, -1)[1]


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return torch.rms_norm(x, [weight.size(0)], weight, epsilon)


# Rotary embedding of half pairs: (x1 cos - x2 sin, x2 cos + x1 sin), with the sign kept in the table.
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.size(-1) // 2
    return torch.addcmul(x * cos, torch.roll(x, [half], [-1]), sin)


def angles(theta: float, head_width: int, positions: int, like: Tensor) -> __torch__.Angles:
    steps = torch.arange(0, head_width, 2, dtype=7, device=like.device)
    frequencies = torch.pow(theta, -steps / head_width)                        # (E / 2,)
    at = torch.arange(positions, dtype=7, device=like.device)
    turns = torch.outer(at, frequencies)                                       # (P, E / 2)
    cos = torch.cat([torch.cos(turns), torch.cos(turns)], -1)
    sin = torch.cat([-torch.sin(turns), torch.sin(turns)], -1)
    return __torch__.Angles(cos.to(like.dtype), sin.to(like.dtype))


def activated_linear(x: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product(x, w.weight, w.bias, "swish")
    return torch.silu(torch.linear(x, w.weight, w.bias))


def feed_forward(x: Tensor, layer: __torch__.Layer, epsilon: float) -> Tensor:
    y = __torch__.rms_norm(x, layer.feed_forward_norm, epsilon)
    return __torch__.linear_plus(__torch__.activated_linear(y, layer.gate) * __torch__.linear(y, layer.up), x, layer.down)


# A Hydra head's blocks: residual and activation of the first, whose two products arrive summed; then the tied later ones.
def blocks(products: Tensor, head: __torch__.Head, width: int) -> Tensor:
    z = products.narrow(-1, width, width) + torch.silu(products.narrow(-1, 0, width))
    later = head.later
    if later is not None:
        for i in range(head.repeats):
            z = z + torch.silu(__torch__.linear(z, later))
    return z


# The scores' mask of N positions where each sees those before it: the verified prefix, the N positions, beyond.
def chain_mask(nodes: int, groups: int, like: Tensor) -> Tensor:
    seen = like.new_zeros([nodes, 1])
    unseen = like.new_full([nodes, nodes + 1], float("-inf"))
    return torch.cat([seen, torch.triu(unseen, 1)], 1).repeat([groups, 1])


class HydraLlama(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    query_heads : int
    key_heads : int
    head_width : int
    epsilon : float
    packed : bool
    kind : int                     # the data type of weights and activations, as torch numbers it
    cache_kind : int               # the data type of keys and values, in which attention computes
    ends : List[__torch__.Ends]    # one
    layers : List[__torch__.Layer]
    angles : List[__torch__.Angles]    # one
    cache : List[__torch__.Cache]  # one
    hidden_blocks : List[__torch__.Linear]    # one: (2D k, D), every head's block columns of the hidden state
    heads : List[__torch__.Head]
    trees : List[__torch__.Tree]

    # Bytes as they lie in a file -> a tensor of the model's data type, in memory of its own.
    def tensor(self, raw: Tensor, storage: int, shape: List[int]) -> Tensor:
        return torch.view_copy(raw, dtype=storage).to(self.kind).view(shape)

    def linear(self, weight: Tensor, bias: Optional[Tensor]) -> __torch__.Linear:
        if self.packed:
            return __torch__.Linear(__torch__.pack(weight), bias, True)
        return __torch__.Linear(weight, bias, False)

    def bind_shape(self, query_heads: int, key_heads: int, head_width: int, epsilon: float, kinds: List[int], packed: bool) -> None:
        self.query_heads = query_heads
        self.key_heads = key_heads
        self.head_width = head_width
        self.epsilon = epsilon
        self.kind = kinds[0]
        self.cache_kind = kinds[1]
        self.packed = packed

    def bind_ends(self, embedding: Tensor, norm: Tensor, vocabulary: Tensor) -> None:
        self.ends = [__torch__.Ends(embedding, norm, self.linear(vocabulary, None))]

    # norms: attention, feed forward. attention: query, key, value, output. biases: of these four, or none at all.
    def bind_layer(self, norms: List[Tensor], attention: List[Tensor], biases: List[Tensor], feed_forward: List[Tensor]) -> None:
        bias : Optional[Tensor] = None
        output_bias : Optional[Tensor] = None
        if len(biases) > 0:
            bias = torch.cat([biases[0], biases[1], biases[2]], 0)
            output_bias = biases[3]
        query_key_value = self.linear(torch.cat([attention[0], attention[1], attention[2]], 0), bias)
        output = self.linear(attention[3], output_bias)
        gate = self.linear(feed_forward[0], None)
        up = self.linear(feed_forward[1], None)
        down = self.linear(feed_forward[2], None)
        self.layers.append(__torch__.Layer(norms[0], query_key_value, output, norms[1], gate, up, down))

    def bind_cache(self, rows: int, positions: int, theta: float) -> None:
        like = self.ends[0].embedding
        count = len(self.layers)
        both = 2 * self.key_heads
        cells = torch.zeros(
            [count, rows * positions, both, self.head_width], dtype=self.cache_kind, device=like.device
        )
        written = annotate(List[Tensor], [])
        keys = annotate(List[Tensor], [])
        values = annotate(List[Tensor], [])
        for i in range(count):
            layer = cells[i].view([rows, positions, both, self.head_width]).transpose(1, 2)    # (R, 2K, P, E)
            written.append(cells[i])
            keys.append(layer.narrow(1, 0, self.key_heads))
            values.append(layer.narrow(1, self.key_heads, self.key_heads))
        hidden = torch.zeros([rows, like.size(1)], dtype=like.dtype, device=like.device)
        self.cache = [__torch__.Cache(cells, written, keys, values, hidden)]
        self.angles = [__torch__.angles(theta, self.head_width, positions, like)]

    # Of each of the k heads, in order: the first block's two matrices (D, (i + 2) D), activated and residual, and their biases;
    # the tied later block, which runs repeats times, where repeats > 0; the scores' matrix (V, D) and its bias.
    def bind_heads(
        self, activated: List[Tensor], residual: List[Tensor], later: List[Tensor], repeats: int, scores: List[Tensor]
    ) -> None:
        width = self.ends[0].embedding.size(1)
        count = len(activated) // 2
        first = annotate(List[Tensor], [])
        hidden = annotate(List[Tensor], [])
        biases = annotate(List[Tensor], [])
        for i in range(count):
            block = torch.cat([activated[2 * i], residual[2 * i]], 0)              # (2D, (i + 2) D)
            first.append(block)
            hidden.append(block.narrow(1, 0, width))
            biases.append(torch.cat([activated[2 * i + 1], residual[2 * i + 1]], 0))
        self.hidden_blocks = [self.linear(torch.cat(hidden, 0), torch.cat(biases, 0))]
        for d in range(count):
            columns = annotate(List[Tensor], [])
            for i in range(d, count):
                columns.append(first[i].narrow(1, (d + 1) * width, width))
            path = self.linear(torch.cat(columns, 0), None)
            again : Optional[__torch__.Linear] = None
            if repeats > 0:
                again = self.linear(later[2 * d], later[2 * d + 1])
            self.heads.append(__torch__.Head(path, again, repeats, self.linear(scores[2 * d], scores[2 * d + 1])))

    # levels: three tensors for each level, as in Level. Returns the tree's number. What is kept is cloned: on a CPU the arguments
    # are windows on the caller's memory, which goes away.
    def add_tree(self, ancestors: Tensor, parents: Tensor, depths: Tensor, paths: Tensor, ranks: List[int], levels: List[Tensor]) -> int:
        nodes = parents.size(0)
        hidden = self.cache[0].rows.new_full([nodes, nodes], float("-inf"))
        seen = hidden.masked_fill(ancestors.to(11), 0.0)
        mask = torch.cat([seen.new_zeros([nodes, 1]), seen, hidden.narrow(1, 0, 1)], 1)
        groups = self.query_heads // self.key_heads
        steps = annotate(List[__torch__.Level], [])
        for d in range(len(ranks)):
            steps.append(__torch__.Level(ranks[d], levels[3 * d].clone(), levels[3 * d + 1].clone(), levels[3 * d + 2].clone()))
        descendants = ancestors.to(6).t().contiguous()
        tree = __torch__.Tree(mask.repeat([groups, 1]), depths.clone(), parents.clone(), descendants, paths.clone(), steps)
        self.trees.append(tree)
        return len(self.trees) - 1

    # rows are cache rows; first is the first of them where they are neighbours, else -1.
    def cached(self, cells: Tensor, rows: Tensor, first: int, attended: int) -> Tensor:
        if rows.size(0) == cells.size(0) and first == 0:
            return cells.narrow(2, 0, attended)
        if first >= 0:
            return cells.narrow(2, 0, attended).narrow(0, first, rows.size(0))
        return cells.narrow(2, 0, attended).index_select(0, rows)

    # Runs N tokens of each sequence, at positions starts + depths, through all layers. Their keys and values are written
    # behind the sequence's verified prefix, in the order of the nodes, whatever their depth.
    def forward(self, rows: Tensor, first: int, starts: Tensor, attended: int, tokens: Tensor, depths: Tensor, mask: Tensor) -> Tensor:
        ends = self.ends[0]
        table = self.angles[0]
        cache = self.cache[0]
        batch = tokens.size(0)
        nodes = tokens.size(1)
        width = self.head_width
        groups = self.query_heads // self.key_heads
        turned = self.query_heads + self.key_heads
        at = (starts.unsqueeze(1) + depths).flatten()                              # (B N,)
        # values pass through the rotation as they are, so that a layer turns and stores all its heads at once
        turn = table.cos.index_select(0, at).view([batch, nodes, 1, width]).expand([-1, -1, turned, -1])
        flip = table.sin.index_select(0, at).view([batch, nodes, 1, width]).expand([-1, -1, turned, -1])
        cos = torch.cat([turn, turn.new_ones([batch, nodes, self.key_heads, width])], 2)     # (B, N, H + 2K, E)
        sin = torch.cat([flip, flip.new_zeros([batch, nodes, self.key_heads, width])], 2)
        order = torch.arange(nodes, device=starts.device)
        cells = (rows * cache.keys[0].size(2) + starts).unsqueeze(1) + order        # (B, N) in (R P)
        cells = cells.flatten()
        behind = torch.arange(attended, device=starts.device) - starts.unsqueeze(1) # (B, T) places after the prefix
        column = (behind + 1).clamp(0, nodes + 1).flatten()
        seen = mask.index_select(1, column).view([groups * nodes, batch, attended]).transpose(0, 1).unsqueeze(1)
        x = torch.embedding(ends.embedding, tokens)                                # (B, N, D)
        for i in range(len(self.layers)):
            layer = self.layers[i]
            y = __torch__.linear(__torch__.rms_norm(x, layer.attention_norm, self.epsilon), layer.query_key_value)
            y = __torch__.rotate(y.view([batch, nodes, turned + self.key_heads, width]), cos, sin).to(self.cache_kind)
            cache.written[i].index_copy_(0, cells, y.narrow(2, self.query_heads, 2 * self.key_heads).flatten(0, 1))
            q = y.narrow(2, 0, self.query_heads)                                   # (B, N, H, E)
            if groups > 1:
                q = q.view([batch, nodes, self.key_heads, groups, width]).permute([0, 2, 3, 1, 4])
                q = q.reshape([batch, self.key_heads, groups * nodes, width])
            else:
                q = q.transpose(1, 2)
            keys = self.cached(cache.keys[i], rows, first, attended)               # (B, K, T, E)
            values = self.cached(cache.values[i], rows, first, attended)
            a = torch.scaled_dot_product_attention(q, keys, values, seen).to(self.kind)    # (B, K, G N, E)
            if nodes > 1:
                a = a.view([batch, self.key_heads, groups, nodes, width]).permute([0, 3, 1, 2, 4])
            x = __torch__.linear_plus(a.reshape([batch, nodes, self.query_heads * width]), x, layer.output)
            x = __torch__.feed_forward(x, layer, self.epsilon)
        return __torch__.rms_norm(x, ends.norm, self.epsilon)                      # (B, N, D)

    # Reads the next tokens (B, N) of each prompt into the cache; counts (B,) of them are real, the rest is padding.
    # Returns each sequence's root token (B,), which means something after the prompt's last chunk only.
    def prefill(self, rows: Tensor, first: int, starts: Tensor, attended: int, tokens: Tensor, counts: Tensor) -> Tensor:
        ends = self.ends[0]
        nodes = tokens.size(1)
        mask = __torch__.chain_mask(nodes, self.query_heads // self.key_heads, self.cache[0].rows)
        order = torch.arange(nodes, device=starts.device)
        hidden = self.forward(rows, first, starts, attended, tokens, order, mask)
        last = torch.arange(rows.size(0), device=rows.device) * nodes + counts - 1
        hidden = hidden.flatten(0, 1).index_select(0, last)                        # (B, D)
        self.cache[0].hidden.index_copy_(0, rows, hidden)
        return __torch__.likeliest(__torch__.linear(hidden, ends.vocabulary))

    # The first block's products of every head for the hidden state: (B, D) -> (B, 1, 2D k), to be handed on along the paths.
    def begin_path(self, hidden: Tensor) -> Tensor:
        return __torch__.linear(hidden, self.hidden_blocks[0]).unsqueeze(1)

    # Adds the products of the next token (B, m) of m paths, for the head of that depth and all deeper ones.
    def extend_path(self, depth: int, inherited: Tensor, tokens: Tensor) -> Tensor:
        return inherited + __torch__.linear(torch.embedding(self.ends[0].embedding, tokens), self.heads[depth].path)

    # The blocks of a head, on the sums of its paths: (B, m, 2D (k - d)) -> (B, m, D).
    def end_path(self, depth: int, sums: Tensor) -> Tensor:
        width = self.ends[0].embedding.size(1)
        return __torch__.blocks(sums.narrow(2, 0, 2 * width), self.heads[depth], width)

    # What deeper heads inherit from the sums of this one.
    def deeper(self, sums: Tensor) -> Tensor:
        width = 2 * self.ends[0].embedding.size(1)
        return sums.narrow(2, width, sums.size(2) - width)

    # Gives every node of the tree a token: (B, N), the root's first. A level's nodes run as one batch. The block columns of a
    # token are multiplied once for its head and all deeper ones, and the sums of a path are handed on from parent to child
    # (the paper's concatenation, summed column block by column block).
    def draft(self, rows: Tensor, roots: Tensor, tree: int) -> Tensor:
        levels = self.trees[tree].levels
        drafted = roots.unsqueeze(1)                                               # (B, 1)
        tokens = [drafted]
        inherited = self.begin_path(self.cache[0].hidden.index_select(0, rows))
        for d in range(len(levels)):
            level = levels[d]
            sums = self.extend_path(d, inherited, drafted)                         # (B, m, 2D (k - d))
            scores = __torch__.linear(self.end_path(d, sums), self.heads[d].scores)    # (B, m, V)
            ranked = torch.topk(scores, level.ranks, -1)[1]                        # (B, m, ranks)
            children = ranked.flatten(1).index_select(1, level.children)           # (B, n)
            tokens.append(children)
            if d + 1 < len(levels):
                drafted = children.index_select(1, level.expanded)
                inherited = self.deeper(sums).index_select(1, level.parents)
        return torch.cat(tokens, 1)

    # Of the head that a path of d + 1 tokens (B, d + 1) leads to: its last block's rows (B, D) and its scores (B, V).
    def head_scores(self, hidden: Tensor, path: Tensor) -> Tuple[Tensor, Tensor]:
        inherited = self.begin_path(hidden.to(self.kind))
        depth = path.size(1) - 1
        for d in range(depth):
            inherited = self.deeper(self.extend_path(d, inherited, path.narrow(1, d, 1)))
        z = self.end_path(depth, self.extend_path(depth, inherited, path.narrow(1, depth, 1))).squeeze(1)
        return (z.to(6), __torch__.linear(z, self.heads[depth].scores).to(6))

    # Scores (B, N, V) and hidden rows (B, N, D) of every node. The new keys and values are provisional until commit.
    def verify(self, rows: Tensor, first: int, starts: Tensor, attended: int, tokens: Tensor, tree: int) -> Tuple[Tensor, Tensor]:
        shape = self.trees[tree]
        hidden = self.forward(rows, first, starts, attended, tokens, shape.depths, shape.mask)
        return (__torch__.linear(hidden, self.ends[0].vocabulary), hidden)

    # The walk from the root to the child that carries the token which the base model would say, for all nodes at once: a node
    # is reached where it and all its ancestors carry what their parents' scores ask for. Siblings carry distinct tokens, so
    # the reached nodes are one path. Returns (B, 2 + 2 (depth + 1)): the path's last depth, the bonus token, the path's nodes
    # and their tokens, the last ones repeated.
    def accept(self, tokens: Tensor, scores: Tensor, tree: int) -> Tensor:
        shape = self.trees[tree]
        wanted = __torch__.likeliest(scores)                                       # (B, N)
        astray = (wanted.index_select(1, shape.parents) != tokens).to(6)
        astray.narrow(1, 0, 1).zero_()
        reached = torch.matmul(astray, shape.descendants) == 0                     # (B, N)
        leaf = torch.argmax(reached * (shape.depths + 1), -1)                      # (B,)
        path = shape.paths.index_select(0, leaf)                                   # (B, depth + 1)
        depth = shape.depths.index_select(0, leaf).unsqueeze(1)
        bonus = wanted.gather(1, leaf.unsqueeze(1))
        return torch.cat([depth, bonus, path, tokens.gather(1, path)], 1)

    # Keeps the accepted path of each sequence: its hidden row, last (B,) as a place in (B N), and, where the path's nodes
    # are not neighbours in the cache already, its keys and values, path (B, M) nodes moved to 0, 1, 2, ..., all layers at once.
    def commit(self, rows: Tensor, starts: Tensor, hidden: Tensor, last: Tensor, path: Tensor) -> None:
        cache = self.cache[0]
        cache.hidden.index_copy_(0, rows, hidden.flatten(0, 1).index_select(0, last))
        length = path.size(1)
        if length > 0:
            start = (rows * cache.keys[0].size(2) + starts).unsqueeze(1)           # (B, 1)
            kept = cache.rows.index_select(1, (start + path).flatten())
            to = start + torch.arange(length, device=starts.device)
            cache.rows.index_copy_(1, to.flatten(), kept)
