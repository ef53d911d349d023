#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::inspect::inspect, konvolutt_fuzz::mutate::any);
