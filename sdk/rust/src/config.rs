use crate::abi::ConfigureCall;
use crate::json::Value;

/// The configuration of an instance: JSON which the gateway has checked against
/// the manifest's schema, with the defaults filled in. Paths are JSON pointers
/// (RFC 6901), such as `/words/0`.
pub struct Config<'a> {
    call: ConfigureCall<'a>,
    root: Value<'a>,
}

impl<'a> Config<'a> {
    pub(crate) fn new(call: ConfigureCall<'a>) -> Result<Self, String> {
        let root = Value::parse(if call.config.is_empty() { b"{}" } else { call.config });
        match root {
            Some(root) => Ok(Config { call, root }),
            None => Err("the configuration is no JSON".into()),
        }
    }

    /// The instance's name.
    pub fn instance(&self) -> &'a str {
        self.call.instance
    }

    /// Bytes of a streamed answer that the gateway holds back at most; 0 where
    /// none is guarded.
    pub fn window(&self) -> usize {
        self.call.window as usize
    }

    /// Tells whether the operator granted a capability.
    pub fn granted(&self, capability: &str) -> bool {
        self.call.capabilities.iter().any(|c| *c == capability)
    }

    /// Returns the value at a path.
    pub fn get(&self, path: &str) -> Option<Value<'a>> {
        self.root.get(path)
    }

    /// Returns the string at a path.
    pub fn text(&self, path: &str) -> Option<String> {
        self.get(path)?.text()
    }

    /// Returns the boolean at a path.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.get(path)?.flag()
    }

    /// Returns the whole number, 0 or more, at a path.
    pub fn whole(&self, path: &str) -> Option<u64> {
        self.get(path)?.whole()
    }

    /// Returns the strings of the list at a path; none if there is no list.
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.get(path).map_or(Vec::new(), |v| v.items().filter_map(|v| v.text()).collect())
    }
}
