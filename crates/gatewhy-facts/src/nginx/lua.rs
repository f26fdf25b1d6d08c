//! Where a `*_by_lua_block { … }` ends: the Lua module's own lexer.
//!
//! Braces nest, except in strings, in long brackets and in comments. A quote
//! that does not close on its line is no string.

/// How many bytes of Lua code stand before the brace that closes the block, and
/// whether there is one; without it the code reaches to the end.
pub fn block_length(code: &[u8]) -> (usize, bool) {
    let mut at = 0;
    let mut level = 1_usize;
    while let Some(found) = code
        .get(at..)
        .and_then(|rest| rest.iter().position(|b| b"{}[-\"'".contains(b)))
    {
        at += found;
        let rest = code.get(at..).unwrap_or_default();
        match rest.first() {
            Some(b'{') => level += 1,
            Some(b'}') if level == 1 => return (at, true),
            Some(b'}') => level -= 1,
            _ => {}
        }
        let Some(used) = token_length(rest) else {
            return (code.len(), false);
        };
        at += used;
    }
    (code.len(), false)
}

/// The length of the token at the start; `None` when a long bracket stays open.
fn token_length(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'-', b'-', tail @ ..] => match long_bracket_level(tail) {
            Some(level) => long_bracket_end(tail, level).map(|end| end + 2),
            None => Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
        },
        [b'[', ..] => match long_bracket_level(rest) {
            Some(level) => long_bracket_end(rest, level),
            None => Some(1),
        },
        [quote @ (b'"' | b'\''), tail @ ..] => Some(1 + string_length(tail, *quote).unwrap_or(0)),
        _ => Some(1),
    }
}

/// The number of `=` in `[==[`.
fn long_bracket_level(rest: &[u8]) -> Option<usize> {
    let tail = rest.strip_prefix(b"[")?;
    let level = tail.iter().take_while(|b| **b == b'=').count();
    (tail.get(level) == Some(&b'[')).then_some(level)
}

fn long_bracket_end(rest: &[u8], level: usize) -> Option<usize> {
    let mut closing = alloc::vec![b'='; level + 2];
    if let [first, .., last] = closing.as_mut_slice() {
        (*first, *last) = (b']', b']');
    }
    let body = rest.get(level + 2..)?;
    let found = memchr::memmem::find(body, &closing)?;
    Some(level + 2 + found + closing.len())
}

/// The length of a string's rest, its closing quote included.
fn string_length(tail: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        match tail.get(at)? {
            b'\n' => return None,
            b'\\' if *tail.get(at + 1)? == b'\n' => return None,
            b'\\' => at += 2,
            byte if *byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::block_length;

    #[test]
    fn braces_in_strings_comments_and_long_brackets_do_not_count() {
        let code = b"{ a = '}' -- }\n [[ } ]] [=[ ]] } ]=] --[[ } ]] \"\\\"}\" } } rest";
        assert_eq!(block_length(code), (code.len() - 6, true));
    }

    #[test]
    fn a_quote_that_does_not_close_on_its_line_is_no_string() {
        assert_eq!(block_length(b" it's }"), (6, true));
        assert_eq!(block_length(b" it's\n '}"), (8, true));
        assert_eq!(block_length(b"'a\\\n' }"), (6, true));
    }

    #[test]
    fn an_open_long_bracket_reaches_to_the_end() {
        assert_eq!(block_length(b"[[ } "), (5, false));
    }
}
