//! A worker that knows the protocol well enough to break it: it calls and says hello, and what it sends then is no message.

use std::env;

use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, IpcSender, bytes_channel};
use shared::codec::{self, RECORD_BYTES_MAX};
use shared::wire::{PROTOCOL_VERSION, Report};
use shared::worker::WorkerArgs;

/// A frame far longer than any may be.
const LONG_BYTES: usize = 4 << 20;

/// A call, as `shared/src/wire/channel.rs` has it: the number of the variant and its two ends.
type Call = (u8, IpcBytesSender, IpcBytesReceiver);

/// Sends what `UNRULY_FRAME` says, and waits for the end.
pub(crate) fn garble(args: &WorkerArgs) -> ! {
    let control = args.control.clone().expect("the orchestrator says where it listens");
    let caller: IpcSender<Call> = IpcSender::connect(control).expect("the orchestrator listens");
    let (orders, _orders) = bytes_channel().expect("there is room for a channel");
    let (sender, reports) = bytes_channel().expect("there is room for a channel");
    caller.send((0, orders, reports)).expect("the orchestrator listens");
    let hello = Report::Hello { protocol: PROTOCOL_VERSION, pid: std::process::id() };
    sender.send(&codec::encode(&hello).expect("it is short")).expect("the orchestrator hears");
    // It may hang up while a long frame is on its way.
    let _ = sender.send(&frame(&env::var("UNRULY_FRAME").unwrap_or_default()));
    super::park()
}

fn frame(kind: &str) -> Vec<u8> {
    match kind {
        "noise" => (0..200).map(|number: u8| number.wrapping_mul(151) ^ 0x5A).collect(),
        "empty" => Vec::new(),
        "long" => vec![7; LONG_BYTES],
        // A sentence of one letter that says it has as many as there are numbers.
        "hostile" => {
            let mut frame = codec::encode(&Report::Note { text: "x".to_owned() }).expect("it is short");
            let length = frame.len() - 1 - size_of::<u64>()..frame.len() - 1;
            frame[length].fill(0xFF);
            frame
        }
        // The same, as long as a frame may be.
        "hostile-full" => [frame("hostile"), vec![0; RECORD_BYTES_MAX - 16]].concat(),
        other => panic!("UNRULY_FRAME={other:?} is no frame"),
    }
}
