namespace AuthSidecar.Access.Upstream;

/// <summary>Names and encoding of the headers that describe the caller to the upstream.</summary>
internal static class IdentityHeaders
{
    public const string Prefix = "x-authsidecar-caller-";
    public const string WebSocketPrefix = "x-authsidecar-ws-";
    public const string ActorPrefix = "x-ai-bridge-actor-";

    private const int LongestOnStack = 128;

    public const string Subject = Prefix + "subject";
    public const string SubjectType = Prefix + "subject-type";
    public const string UserId = Prefix + "user-id";
    public const string Username = Prefix + "username";
    public const string KeyId = Prefix + "key-id";
    public const string Tenant = Prefix + "tenant";
    public const string App = Prefix + "app";
    public const string Scopes = Prefix + "scopes";
    public const string AuthMode = Prefix + "auth-mode";
    public const string Delegated = Prefix + "delegated";
    public const string Source = Prefix + "source";
    public const string WorkspaceId = Prefix + "workspace-id";
    public const string DecisionId = Prefix + "decision-id";
    public const string Assertion = Prefix + "assertion";
    public const string WebSocketClose = WebSocketPrefix + "close";
    public const string StreamDuration = "x-envoy-upstream-stream-duration-ms";
    public const string ActorId = ActorPrefix + "id";
    public const string ActorUsername = ActorPrefix + "metadata-username";
    public const string Decision = "x-authsidecar-decision";

    /// <summary>Names that every allowed request either sets or removes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Subject,
        SubjectType,
        UserId,
        Username,
        KeyId,
        Tenant,
        App,
        Scopes,
        AuthMode,
        Delegated,
        Source,
        WorkspaceId,
        DecisionId,
        Assertion,
        ActorId,
        ActorUsername,
        ActorPrefix + "metadata-email",
        Decision,
    ];

    /// <summary>
    /// True for the lower-case name of a header that a client must not send to the upstream. "_" counts as "-", because some upstreams do
    /// not distinguish them.
    /// </summary>
    public static bool IsReserved(ReadOnlySpan<char> name)
    {
        if (name.Length < EnvoyHeaders.Prefix.Length || name is not ['x', _, 'a' or 'e', ..])
        {
            return false;
        }

        Span<char> folded = name.Length <= LongestOnStack ? stackalloc char[name.Length] : new char[name.Length];
        name.Replace(folded, '_', '-');
        return folded.StartsWith(Prefix)
            || folded.StartsWith(WebSocketPrefix)
            || folded.StartsWith(ActorPrefix)
            || folded.SequenceEqual(Decision)
            || EnvoyHeaders.IsControl(folded);
    }

    /// <summary>The value with everything outside 0x20–0x7E, and "%" itself, percent-encoded as UTF-8.</summary>
    public static string Encode(string value)
    {
        if (value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && !value.Contains('%'))
        {
            return value;
        }

        var encoded = new System.Text.StringBuilder(value.Length * 2);
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(value))
        {
            _ = b is >= (byte)' ' and <= (byte)'~' and not (byte)'%'
                ? encoded.Append((char)b)
                : encoded.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
