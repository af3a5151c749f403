using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>Bring your own key: selects the caller's provider credential and checks its destination.</summary>
internal sealed class ByokStep : ICheckStep
{
    // Longest header value that Envoy's protos allow.
    private const int LongestForwarded = 16 * 1024;

    public string Name => "byok";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => new(Judge(context));

    private static StepResult Judge(CheckContext context)
    {
        var mode = context.Policy.Options.Byok;
        if (!context.IsByok)
        {
            return mode == ByokMode.Require || context.Policy.Dialect == Dialect.Copilot ? Denials.ByokRequired : StepResult.Continue;
        }

        if (mode == ByokMode.Deny)
        {
            return Denials.ByokNotAllowed;
        }

        if (Choose(context) is not { } own)
        {
            return mode == ByokMode.Require || context.Policy.Dialect == Dialect.Copilot ? Denials.ByokRequired : StepResult.Continue;
        }

        if (own.Value.Length > LongestForwarded)
        {
            return Denials.AmbiguousCredentials;
        }

        if (!ProviderPrefixes.MayGoTo(context.Policy.Dialect, own.Value) || IsIssued(context, own.Value))
        {
            return Denials.CredentialDestinationMismatch;
        }

        context.OwnCredential = own;
        return StepResult.Continue;
    }

    private static ProviderCredential? Choose(CheckContext context)
    {
        var headers = context.Request.Headers;
        return context.Policy.Dialect switch
        {
            Dialect.Anthropic => FromHeader(headers, KnownHeader.XApiKey) ?? FromHeader(headers, KnownHeader.Authorization),
            Dialect.Openai or Dialect.Copilot => FromHeader(headers, KnownHeader.Authorization),
            Dialect.AzureOpenai => FromHeader(headers, KnownHeader.ApiKey),
            Dialect.Gemini => FromHeader(headers, KnownHeader.XGoogApiKey) ?? FromQuery(context),
            _ => null,
        };
    }

    private static ProviderCredential? FromHeader(RequestHeaders headers, KnownHeader header) =>
        headers.HasText(header) ? new(CredentialSources.NameOf(header), headers[header]!) : null;

    private static ProviderCredential? FromQuery(CheckContext context) =>
        QueryToken.TryRead(context, QueryToken.Key, out var value) && !string.IsNullOrWhiteSpace(value) ? new(null, value) : null;

    private static bool IsIssued(CheckContext context, string value)
    {
        var whole = value.AsSpan().Trim();
        var bare = BearerToken.WithoutScheme(whole);
        var presented = context.Credential?.Token;
        return whole.SequenceEqual(presented)
            || bare.SequenceEqual(presented)
            || BearerToken.WithoutScheme(presented).SequenceEqual(bare)
            || context.Policy.IssuedTokens.Contains(whole)
            || context.Policy.IssuedTokens.Contains(bare)
            || HoldsIssuedToken(context, whole);
    }

    // "Bearer a ask_…" is not a provider credential, and would leak the issued token.
    private static bool HoldsIssuedToken(CheckContext context, ReadOnlySpan<char> value)
    {
        foreach (var candidate in new TokenCandidates(value))
        {
            if (candidate.SequenceEqual(context.Credential?.Token) || context.Policy.IssuedTokens.Contains(candidate))
            {
                return true;
            }
        }

        return false;
    }
}
