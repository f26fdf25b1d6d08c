//! The shape of a request's path: where it leads, without what is new each time.

/// Most segments that are kept.
const MOST_SEGMENTS: usize = 5;
/// Longer segments are somebody's data.
const LONGEST_SEGMENT: usize = 32;

/// `GET /orders/17?x=1 HTTP/1.1` as `GET /orders/{n}`.
pub(super) fn shape(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let mut words = text.split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let (verb, target) = match second {
        Some(target) => (Some(first), target),
        None => (None, first),
    };
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| {
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    });
    let mut shape = String::new();
    if let Some(verb) = verb.filter(|v| v.len() < 12 && v.bytes().all(|b| b.is_ascii_uppercase())) {
        shape.push_str(verb);
        shape.push(' ');
    }
    for (at, segment) in path.split('/').skip(1).enumerate() {
        shape.push('/');
        if at >= MOST_SEGMENTS {
            shape.push('…');
            break;
        }
        shape.push_str(kind(segment));
    }
    shape
}

fn kind(segment: &str) -> &str {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let hex = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    if segment.is_empty() {
        ""
    } else if digits == segment.len() {
        "{n}"
    } else if segment.len() >= 8 && digits > 0 && segment.bytes().all(hex) {
        "{id}"
    } else if segment.len() > LONGEST_SEGMENT || digits >= 8 {
        "{text}"
    } else {
        segment
    }
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn what_is_new_each_time_is_left_out() {
        assert_eq!(shape(b"GET /orders/17?x=1 HTTP/1.1"), "GET /orders/{n}");
        assert_eq!(
            shape(b"POST /u/6f1c2d9e-1111-4222-8333-444455556666/cart HTTP/2.0"),
            "POST /u/{id}/cart"
        );
        assert_eq!(shape(b"GET http://shop.test/a HTTP/1.1"), "GET /a");
        assert_eq!(shape(b"\xff\xfe"), "");
        assert_eq!(shape(b""), "");
    }
}
