//! Memory that the first event needs, had while the function starts.
//!
//! A page of memory is given by the system when it is first written to, which stops the function for about a microsecond
//! each time. The first event would take some twenty new pages of heap and of stack.

use std::hint::black_box;

/// What one event takes beyond what the start has taken already, rounded up.
const HEAP: usize = 96 * 1024;
const STACK: usize = 40 * 1024;

/// Has the system give the pages that the first event will write to. What is written is dropped; the pages stay.
pub(crate) fn ready() {
    drop(black_box(vec![1_u8; HEAP]));
    stack();
}

#[inline(never)]
fn stack() {
    black_box([1_u8; STACK]);
}
