//! What the people of one run want, drawn from its seed.

use fastrand::Rng;

const APPROVED: [&str; 4] = [
    "4054695723100768",
    "5162774114974622",
    "4117347806156383",
    "4112273146798764",
];
const DECLINED: [&str; 3] = ["4054692760174822", "4099990000000014", "4099990000000097"];
/// Decided later, asks for a challenge by itself, captured later, capture refused, refunded later, refund refused.
const OTHERS: [&str; 11] = [
    "4099990000000113",
    "4099990000000121",
    "4099990000000139",
    "4099990000000105",
    "4099990000000204",
    "4099990000000154",
    "4099990000000147",
    "4099990000000162",
    "4099990000000170",
    "4099990000000188",
    "4099990000000196",
];

/// Who captures, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// The provider.
    Automatic,
    /// We, at once.
    AtOnce,
    /// We, so many seconds later.
    After(i64),
    /// The merchant asks for these portions; the flag says that none follows.
    OnRequest(Vec<(u64, bool)>),
}

/// One order and what becomes of it.
#[derive(Debug, Clone)]
pub struct Order {
    /// The first payment's id.
    pub id: String,
    /// The order's.
    pub order_id: String,
    /// The merchant's id of the buyer.
    pub buyer: String,
    /// Minor units of EUR.
    pub minor: u64,
    /// Who captures.
    pub mode: Mode,
    /// Milliseconds from the beginning of the run until it is created.
    pub begin_ms: i64,
    /// Seconds to pay.
    pub expires_in: i64,
    /// The merchant asks for 3-D Secure.
    pub three_ds: bool,
    /// The card; none when the buyer leaves without paying.
    pub card: Option<&'static str>,
    /// The card is to be stored, and charged once more later without the buyer.
    pub store: bool,
    /// What the buyer does with a challenge: after so many milliseconds it is passed, or failed.
    pub challenge: Option<(i64, bool)>,
    /// Cards of further tries.
    pub retries: Vec<&'static str>,
    /// A second payment of the same order, with this card, at the same time.
    pub twin: Option<&'static str>,
    /// The merchant wants it cancelled so long after the beginning.
    pub cancel_ms: Option<i64>,
    /// Refunds once it is captured: how much, or all that is left.
    pub refunds: Vec<Option<u64>>,
    /// The stored card is forgotten in the end.
    pub forget: bool,
    /// Everything is asked for twice at once.
    pub twice: bool,
    /// How often the page looks.
    pub looks: u32,
    /// So long after the beginning a rightly signed message names another amount.
    pub misfit_ms: Option<i64>,
}

impl Order {
    /// Of 300 euros, paid at the first try with a card that is approved, and nothing more.
    #[must_use]
    pub fn plain(mode: Mode) -> Self {
        Self {
            id: "P0".to_owned(),
            order_id: "O0".to_owned(),
            buyer: "B0".to_owned(),
            minor: 30_000,
            mode,
            begin_ms: 10,
            expires_in: 840,
            three_ds: false,
            card: Some(APPROVED[0]),
            store: false,
            challenge: None,
            retries: Vec::new(),
            twin: None,
            cancel_ms: None,
            refunds: Vec::new(),
            forget: false,
            twice: false,
            looks: 0,
            misfit_ms: None,
        }
    }
}

/// What one run is about.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The orders.
    pub orders: Vec<Order>,
    /// Whether the merchant's contract allows several captures.
    pub several_captures: bool,
    /// Whether somebody decides about payments in review.
    pub operator: bool,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x0091_A400);
        let several_captures = rng.u8(0..100) < 40;
        let count = [1, 1, 1, 2, 2, 3][rng.usize(0..6)];
        let mut orders: Vec<Order> = (0..count)
            .map(|number| order(&mut rng, number, several_captures))
            .collect();
        // Draws of their own, so that the others stay as they were.
        let mut rng = Rng::with_seed(seed ^ 0x0B5E_55ED);
        for order in &mut orders {
            order.misfit_ms = chance(&mut rng, 10).then(|| misfit_time(&mut rng));
        }
        let misfit = orders.iter().any(|order| order.misfit_ms.is_some());
        Self {
            operator: misfit || chance(&mut rng, 20),
            orders,
            several_captures,
        }
    }
}

fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

fn card(rng: &mut Rng) -> &'static str {
    match rng.u8(0..100) {
        0..62 => APPROVED[rng.usize(0..APPROVED.len())],
        62..74 => DECLINED[rng.usize(0..DECLINED.len())],
        _ => OTHERS[rng.usize(0..OTHERS.len())],
    }
}

fn order(rng: &mut Rng, number: usize, several: bool) -> Order {
    let minor = rng.u64(200..90_000);
    let mode = mode(rng, minor, several);
    let three_ds = chance(rng, 30);
    let challenge = chance(rng, 80).then(|| (rng.i64(500..400_000), chance(rng, 75)));
    let refunds = if chance(rng, 30) {
        refunds(rng, minor)
    } else {
        Vec::new()
    };
    let retries = if chance(rng, 25) {
        (0..rng.usize(1..=2)).map(|_| card(rng)).collect()
    } else {
        Vec::new()
    };
    Order {
        id: format!("P{number}"),
        order_id: format!("O{number}"),
        buyer: format!("B{}", number / 2),
        minor,
        mode,
        begin_ms: rng.i64(0..90_000),
        expires_in: [60, 120, 840, 3600][rng.usize(0..4)],
        three_ds,
        card: (!chance(rng, 4)).then(|| card(rng)),
        store: chance(rng, 20),
        challenge,
        retries,
        twin: chance(rng, 15).then(|| card(rng)),
        cancel_ms: chance(rng, 18).then(|| cancel_time(rng)),
        refunds,
        forget: chance(rng, 50),
        twice: chance(rng, 20),
        looks: rng.u32(0..5),
        misfit_ms: None,
    }
}

/// While it is paid, while it is captured, hours later, or days later.
fn cancel_time(rng: &mut Rng) -> i64 {
    match rng.u8(0..4) {
        0 => rng.i64(0..3_000),
        1 => rng.i64(3_000..120_000),
        2 => rng.i64(120_000..7_200_000),
        _ => rng.i64(7_200_000..600_000_000),
    }
}

/// While it is paid, while it is captured, hours later, or a day later.
fn misfit_time(rng: &mut Rng) -> i64 {
    match rng.u8(0..4) {
        0 => rng.i64(500..5_000),
        1 => rng.i64(5_000..120_000),
        2 => rng.i64(120_000..7_200_000),
        _ => rng.i64(7_200_000..90_000_000),
    }
}

fn mode(rng: &mut Rng, minor: u64, several: bool) -> Mode {
    match rng.u8(0..100) {
        0..35 => Mode::Automatic,
        35..65 => Mode::AtOnce,
        65..78 => Mode::After([5, 600, 86_400, 604_000, 900_000][rng.usize(0..5)]),
        _ if several => {
            let first = rng.u64(1..minor);
            let second = rng.u64(1..=minor - first);
            Mode::OnRequest(vec![(first, false), (second, chance(rng, 50))])
        }
        _ if chance(rng, 85) => Mode::OnRequest(vec![(minor, false)]),
        _ => Mode::OnRequest(Vec::new()),
    }
}

fn refunds(rng: &mut Rng, minor: u64) -> Vec<Option<u64>> {
    let part = rng.u64(1..minor);
    match rng.u8(0..4) {
        0 => vec![None],
        1 => vec![Some(part), None],
        2 => vec![Some(part)],
        _ => vec![Some(part), Some(minor), None],
    }
}
