//! Where the system may speak between others, at Anthropic and wherever else Claude is.

use sallyport::abi::Role;
use sallyport::translate::Request;

/// Makes those system messages the user's that cannot stay: between others where the
/// model does not take them there, or elsewhere than behind the user and before the
/// assistant or the end, and alone, since a request needs a message of the user.
pub fn settle(call: &mut Request, between: bool) {
    let Request { parts, losses, .. } = call;
    let roles: Vec<_> = parts.iter().map(|p| p.message.and(Some(p.role)).filter(|r| *r != Role::SYSTEM)).collect();
    let mut before = None; // who has spoken last
    for (i, p) in parts.iter_mut().enumerate().filter(|(_, p)| p.message.is_some()) {
        before = roles[i].or(before);
        let after = roles[i..].iter().flatten().next();
        let placed = before != Some(Role::ASSISTANT) && after.map_or(true, |r| *r == Role::ASSISTANT);
        if p.role == Role::SYSTEM && before.is_some() && !(between && placed) {
            losses.add(format!("messages[{}].role", p.message.unwrap_or(0)), "sent_as_user");
            p.role = Role::USER;
        }
    }
    let begun = before.is_some();
    if !begun {
        for p in parts.iter_mut() {
            losses.add(losses.path(p), "sent_as_user");
            p.role = Role::USER;
            p.message = Some(p.message.unwrap_or(0));
        }
    }
}
