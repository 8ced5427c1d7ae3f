//! Recognizes secrets that were written instead of generated: placeholders from documentation, walks over the keyboard,
//! and texts of few characters.

use std::sync::LazyLock;

/// Words of placeholders. A text that consists of them has no more randomness than the sentence that it is.
const WORDS: &str = "\
    1 2 16 32 48 64 128 256 384 512 a abc access account algorithm all an and another any anything api app \
    application are as at auth authentication backend bar base64 based basic baz be because before below \
    bit bits but by byte bytes can char character characters chars choose code config configuration \
    configure cookie could create crypto cryptographic cryptographically custom default deploy deploying \
    deployment dev developer development different do docs documentation does dont each else encoded \
    encryption enough ensure entropy env environment even ever every everyone family field file first \
    flask foo for from function functions goes good got hard has hash have hello here hex hidden hmac \
    hs256 hs384 hs512 i id if in internal into is it its itself just keep known kept least length like \
    line local localhost long longer made make master me min minimum more must my name need needed needs \
    never new nobody not now of on one only openssl or other our own paste phrase please plz prod \
    production project proper properly protect put rand randomly read real really refresh release required \
    rest right rust safe same salt second secure securely secured security server service session set \
    setting settings sha256 sha384 sha512 shared should sign signature signing simple site so some \
    something somewhere staging store string strong super sure text than that the their them then there \
    these thing think this those to true tutorial ultra unique unsafe up use used user using value \
    variable verify very want was we web website what whatever when where which who will with without word \
    words world would write x xxx xyz yes you yourself zero";

/// Words of placeholders that say what they are.
const MARKERS: &str = "\
    admin changeit changeme changethis change changed demo demonstration dummy enter example examples fake \
    fixme foobar generate generated insecure insert jwt jwts key keys keyboard letmein monkey pass \
    null passphrase password passwords passwd placeholder placeholders private qwerty random replace replaceme \
    replaced sample secret secrets secretkey somesecret temp temporary test tester testing tests todo \
    token tokens top undefined welcome your yours";

/// The rows and columns of keyboards, and other well-known orders.
const ORDERS: &str = "\
    `1234567890-= ~!@#$%^&*()_+ qwertyuiop[]\\ qwertzuiop azertyuiop asdfghjkl;' qsdfghjklm zxcvbnm,./ \
    yxcvbnm,.- wxcvbn abcdefghijklmnopqrstuvwxyz 1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/ !qaz \
    @wsx #edc $rfv";

/// The fewest different bytes of a secret. Random hexadecimal digits have more, and even random decimal ones do.
const LEAST_VARIETY: usize = 6;

/// The length in bytes from which the variety matters.
const LEAST_LENGTH: usize = 16;

/// The length in bytes of the longest known word, `cryptographically`.
const MOST_OF_A_WORD: usize = 17;

/// Whether the secret looks like one that was not generated.
pub(super) fn is_placeholder(secret: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(secret) else {
        return has_little_variety(secret);
    };
    // A mark at the start of a file, or a byte after the end of a text.
    let text =
        text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\0'));
    let is_printable = text.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace());
    has_little_variety(secret) || (is_printable && (is_walk(text) || is_sentence(text)))
}

/// Whether a long secret has very few different bytes.
fn has_little_variety(secret: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in secret {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    secret.len() >= LEAST_LENGTH && seen.iter().filter(|seen| **seen).count() < LEAST_VARIETY
}

/// Whether at least two thirds of the characters repeat the one before or follow it in the alphabet, among the digits,
/// or on a keyboard. Of random characters, fewer than a third do.
fn is_walk(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let pairs = || text.as_bytes().windows(2);
    let steps =
        pairs().filter(|pair| matches!(pair, [one, next] if one == next || STEPS.has([*one, *next]))).count();
    text.len() >= LEAST_LENGTH && steps.saturating_mul(3) >= pairs().len().saturating_mul(2)
}

/// Texts of three bytes. Different ones can look the same, but letters do not.
struct Seen(Vec<bool>);

impl Seen {
    fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut seen = Self(vec![false; 1 << 15]);
        for text in texts {
            if let Some(slot) = seen.0.get_mut(place(text)) {
                *slot = true;
            }
        }
        seen
    }

    fn has(&self, text: &[u8]) -> bool {
        self.0.get(place(text)).copied().unwrap_or_default()
    }
}

/// Pairs of bytes.
struct Pairs(Vec<bool>);

impl Pairs {
    fn add(&mut self, pair: [u8; 2]) {
        if let Some(slot) = self.0.get_mut(usize::from(u16::from_be_bytes(pair))) {
            *slot = true;
        }
    }

    fn has(&self, pair: [u8; 2]) -> bool {
        self.0.get(usize::from(u16::from_be_bytes(pair))).copied().unwrap_or_default()
    }
}

/// Five bits of each byte, which are enough to distinguish letters.
fn place(text: &[u8]) -> usize {
    text.iter().fold(0, |place: usize, byte| place.wrapping_shl(5) | usize::from(byte & 31)) & 0x7fff
}

/// The steps of walks, in both directions.
static STEPS: LazyLock<Pairs> = LazyLock::new(|| {
    let mut pairs = Pairs(vec![false; 1 << 16]);
    for pair in ORDERS.split(' ').flat_map(|order| order.as_bytes().windows(2)) {
        if let [one, next] = *pair {
            pairs.add([one, next]);
            pairs.add([next, one]);
        }
    }
    pairs
});

/// The parts of three letters of all known words.
static TRIPLES: LazyLock<Seen> = LazyLock::new(|| {
    Seen::of(WORDS.split(' ').chain(MARKERS.split(' ')).flat_map(|word| word.as_bytes().windows(3)))
});

/// What is known about a text.
#[derive(Clone, Copy, Default)]
struct Score {
    /// The characters in words of placeholders, and in orders such as `0123`.
    known: usize,
    /// The characters that could be random.
    unknown: usize,
    has_marker: bool,
}

/// Whether the text consists of words of placeholders, except for one or two other words. A random passphrase has
/// several other words, and a random suffix is longer.
fn is_sentence(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut score = Score::default();
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '@' | '$')) {
        let plain = word.trim_matches(['@', '$']);
        let (plain, spelled) = (of_word(plain), of_word(&with_letters(word)));
        let best = if spelled.unknown < plain.unknown { spelled } else { plain };
        score.known = score.known.saturating_add(best.known);
        score.unknown = score.unknown.saturating_add(best.unknown);
        score.has_marker |= best.has_marker;
    }
    let Score { known, unknown, has_marker } = score;
    let is_mostly_known = unknown <= 16 && known >= unknown.saturating_mul(2);
    known > 0 && (unknown <= 2 || (has_marker && (unknown <= 8 || is_mostly_known)))
}

/// Replaces the characters that stand for letters in spellings such as `p4$$w0rd`.
fn with_letters(word: &str) -> String {
    let letter = |letter| match letter {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// Whether a long word can consist of known words. Splitting it takes much longer than this.
fn is_promising(word: &[u8]) -> bool {
    let triples = || word.windows(3);
    let known = triples().filter(|triple| is_run(triple) || TRIPLES.has(triple)).count();
    word.len() <= MOST_OF_A_WORD || known.saturating_mul(3) >= triples().len()
}

/// Splits a word into known words and unknown characters, with as few of the latter as possible.
fn of_word(word: &str) -> Score {
    if !is_promising(word.as_bytes()) {
        return Score { unknown: word.len(), ..Score::default() };
    }
    let all = split(word.as_bytes(), 1);
    // Words of one to three letters are in every random text.
    if all.unknown == 0 { all } else { split(word.as_bytes(), 4) }
}

fn split(word: &[u8], least: usize) -> Score {
    // The best score of each start of the word.
    let mut best = vec![Score::default()];
    for end in 1..=word.len() {
        let mut score = best.last().copied().unwrap_or_default();
        score.unknown = score.unknown.saturating_add(1);
        for start in end.saturating_sub(MOST_OF_A_WORD)..end {
            let (Some(piece), Some(before)) = (word.get(start..end), best.get(start)) else {
                continue;
            };
            let is =
                |words: &LazyLock<Vec<&[u8]>>| piece.len() >= least && words.binary_search(&piece).is_ok();
            let is_marker = is(&SORTED_MARKERS);
            if is_marker || is(&SORTED_WORDS) || is_run(piece) {
                let next = Score {
                    known: before.known.saturating_add(piece.len()),
                    unknown: before.unknown,
                    has_marker: before.has_marker || is_marker,
                };
                if (next.unknown, !next.has_marker) < (score.unknown, !score.has_marker) {
                    score = next;
                }
            }
        }
        best.push(score);
    }
    best.pop().unwrap_or_default()
}

fn sorted(words: &'static str) -> Vec<&'static [u8]> {
    let mut words: Vec<_> = words.split(' ').map(str::as_bytes).collect();
    words.sort_unstable();
    words
}

static SORTED_WORDS: LazyLock<Vec<&[u8]>> = LazyLock::new(|| sorted(WORDS));
static SORTED_MARKERS: LazyLock<Vec<&[u8]>> = LazyLock::new(|| sorted(MARKERS));

/// Whether these are at least three characters in order, such as `123`, or a year.
fn is_run(piece: &[u8]) -> bool {
    let is_year =
        matches!(piece, [b'1', b'9', _, _] | [b'2', b'0', _, _]) && piece.iter().all(u8::is_ascii_digit);
    let by = |step: i8| {
        let follows = |pair: &[u8]| matches!(pair, [a, b] if a.checked_add_signed(step) == Some(*b));
        piece.windows(2).all(follows)
    };
    is_year || (piece.len() >= 3 && (by(1) || by(-1) || by(0)))
}
