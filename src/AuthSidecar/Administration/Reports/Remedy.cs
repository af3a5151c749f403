using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Reports;

/// <summary>What the sender of a refused request can change.</summary>
internal static class Remedy
{
    private static readonly Dictionary<string, string> _byReason = new()
    {
        [Denials.InvalidPath.Reason] = "Send a plain path: no “..”, no “//”, nothing encoded twice, and no key in it.",
        [Denials.AmbiguousCredentials.Reason] = "Send one credential, once. A proxy or SDK may add its own.",
        [Denials.InvalidDelegation.Reason] = "Send gateway key, key id and source, each once, all of one family of names.",
        [Denials.SubprotocolRequired.Reason] = "Offer a second WebSocket subprotocol that your program speaks.",
        [Denials.InvalidUpgrade.Reason] = "Upgrade to “websocket” only.",
        [Denials.ModelUnreadable.Reason] = "Name one model, in the path or in a plain JSON body.",
        [Denials.MissingCredential.Reason] = "Send your key, for example as “Authorization: Bearer …”.",
        [Denials.InvalidToken.Reason] = "Check the key for typing errors, or make a new one.",
        [Denials.TokenRevoked.Reason] = "Make a new key and put it where the old one stands.",
        [Denials.TokenExpired.Reason] =
            "Make a new key. Rotate it in time next time: then the old one keeps working for as long as you choose.",
        [Denials.GatewayKeyMismatch.Reason] = "Ask an administrator to trust the gateway that sent the request.",
        [Denials.NoPolicy.Reason] = "Check the address. If it is right, ask an administrator for a policy of this route.",
        [Denials.DelegationNotAllowed.Reason] = "Send the request without delegation headers.",
        [Denials.ByokNotAllowed.Reason] = "Send your key as “Authorization: Bearer …” and no provider credential of your own.",
        [Denials.ByokRequired.Reason] =
            "Send your key in the header X-AuthSidecar-Token, and your provider credential where the provider's API wants it.",
        [Denials.CredentialDestinationMismatch.Reason] =
            "You sent a credential of another provider, or a key of this gateway, as your own provider credential. Send the right one.",
        [Denials.InsufficientScope.Reason] = "Make a key with the scope of this route, or ask an administrator for one.",
        [Denials.WrongSurface.Reason] = "Use another kind of credential: a key instead of a device's token, or the other way round.",
        [Denials.WorkspaceMembershipRevoked.Reason] = "Ask an administrator of the workspace to make you a member.",
        [Denials.SubjectNoAppAccess.Reason] = "Ask the owner of the app for access.",
        [Denials.ServiceApiDisabled.Reason] = "Ask the workspace that owns the app to switch it on.",
        [Denials.ModelNotAllowed.Reason] =
            "Use a model that your key and the route allow. An administrator can also price or allow this one.",
        [Denials.PathNotAllowed.Reason] = "Use an endpoint that generates, lists models or counts tokens.",
        [Denials.BudgetExceeded.Reason] = "Wait until the budget frees (UTC), or ask an administrator for a higher budget.",
        [Denials.AppNotFound.Reason] = "Check the app's id in the path.",
        [Denials.MethodNotAllowed.Reason] = "Use one of the methods in the answer's header Allow.",
        [Denials.TooManySockets.Reason] = "Close a WebSocket, or use plain HTTP.",
        [Denials.RateLimited.Reason] = "Wait as long as the answer's header Retry-After says, and send fewer requests at a time.",
        [Denials.RateLimitedTokens.Reason] =
            "Wait as long as the answer's header Retry-After says; without it, send a shorter prompt or a lower max_tokens.",
        [Denials.TooManyParallel.Reason] = "Wait until one of your running requests has ended, and send fewer at a time.",
        [Denials.TooManyFailures.Reason] = "Correct the key, then wait as long as the answer's header Retry-After says.",
        [Denials.BudgetReserved.Reason] =
            "Wait as long as the answer's header Retry-After says: running requests have reserved the rest of the budget.",
        [Denials.StoreUnavailable.Reason] = "Send it again. If it stays, tell an administrator.",
        [Denials.JwksUnavailable.Reason] = "Send it again. If it stays, tell an administrator.",
        [Denials.AclUnavailable.Reason] = "Send it again. If it stays, tell an administrator.",
        [Denials.LimiterUnavailable.Reason] = "Send it again. If it stays, tell an administrator.",
        [Denials.ProviderCredentialUnavailable.Reason] = "Tell an administrator: the provider's credential is missing.",
        [Denials.InternalError.Reason] = "Send it again. If it stays, give the decision id to an administrator.",
        [Denials.BearerAuthDisabled.Reason] = "Tell an administrator: authentication is switched off.",
    };

    /// <returns>One or two sentences; null for a reason that this version does not know.</returns>
    public static string? Of(string reason) => _byReason.GetValueOrDefault(reason);
}
