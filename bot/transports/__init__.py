"""Where conversations come from: each transport makes events of what people do, and hands on messages. They decide nothing."""
