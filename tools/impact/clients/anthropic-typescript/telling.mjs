// What a message holds, in the words that all clients share.

/** None where the SDK hands over a message without content, as it does of many a wrong answer. */
export function blocksOf({ content }, ...kinds) {
  return Array.isArray(content) ? content.filter((block) => kinds.includes(block?.type)) : [];
}

/** A streamed turn has the text of its pieces already; that of the whole message is told where it is another. */
export function note(message, turn, job) {
  const { text, ...rest } = told(message, job);
  Object.assign(turn, turn.pieces === undefined ? { text } : text !== turn.text && { whole: text }, rest);
}

function told(message, job) {
  const thoughts = blocksOf(message, 'thinking');
  const calls = blocksOf(message, 'tool_use');
  const [ran, cited, cleared] = [ranBy(message), citedBy(message), clearedBy(message)];
  return {
    ...(Array.isArray(message.content) && { text: blocksOf(message, 'text').map(({ text }) => text).join('') }),
    ...(thoughts.length && {
      thinking: thoughts.map(({ thinking }) => thinking).join(''),
      signed: thoughts.every(({ signature }) => Boolean(signature)),
    }),
    ...(calls.length && { calls: calls.map(({ name, input, id }) => ({ name, arguments: input, id: Boolean(id) })) }),
    stop: message.stop_reason,
    usage: countsOf(message, job),
    ...(ran.length && { ran }),
    ...(cited.length && { cited }),
    ...(cleared.length && { cleared }),
  };
}

function countsOf({ usage }, { cache, search }) {
  return {
    input: usage?.input_tokens,
    output: usage?.output_tokens,
    ...(cache && {
      cache_creation_input: usage?.cache_creation_input_tokens,
      cache_read_input: usage?.cache_read_input_tokens,
      ephemeral_1h_input: usage?.cache_creation?.ephemeral_1h_input_tokens,
    }),
    ...(search && { searches: usage?.server_tool_use?.web_search_requests }),
  };
}

/** The tools that the server ran, each with what its result says. */
function ranBy(message) {
  const results = blocksOf(message, 'web_search_tool_result', 'mcp_tool_result');
  return blocksOf(message, 'server_tool_use', 'mcp_tool_use').map(({ type, id, name, input, server_name }) => {
    const result = results.find(({ tool_use_id }) => tool_use_id === id);
    return {
      name,
      arguments: input,
      answered: Boolean(result),
      ...(Array.isArray(result?.content) && { found: result.content.length }),
      ...(type === 'mcp_tool_use' && { server: server_name, failed: result?.is_error }),
    };
  });
}

/** What is cited, and where it stands: in characters of a document, or in what a source says. */
function citedBy(message) {
  return blocksOf(message, 'text')
    .flatMap(({ citations }) => citations ?? [])
    .map(({ cited_text, document_index, start_char_index, end_char_index, start_page_number, source, url }) => ({
      text: cited_text,
      document_index,
      start_char_index,
      end_char_index,
      start_page_number,
      source,
      url,
    }));
}

/** What was cleared from old turns, edit by edit. */
function clearedBy({ context_management }) {
  const edits = context_management?.applied_edits ?? [];
  return edits.map(({ cleared_tool_uses, cleared_input_tokens }) => ({
    uses: cleared_tool_uses,
    tokens: cleared_input_tokens,
  }));
}
