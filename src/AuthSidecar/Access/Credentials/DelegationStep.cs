using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>
/// Reads the delegation of a gateway that acts for a key. A failed delegation denies the request: it never falls back to the user's
/// credential.
/// </summary>
internal sealed class DelegationStep : ICheckStep
{
    private static readonly Denial _mismatch = Denials.GatewayKeyMismatch with
    {
        Headers = [new("x-authsidecar-gateway-error", "gateway_key_mismatch")],
    };
    private static readonly Denial _codersMismatch = _mismatch with
    {
        Headers = [.. _mismatch.Headers, new("x-coder-ai-gateway-error", "gateway_key_mismatch")],
    };

    public string Name => "delegation";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => new(Read(context));

    private static StepResult Read(CheckContext context)
    {
        var headers = context.Request.Headers;
        var ours = DelegationHeaders.Ours.ArePresentIn(headers);
        var coders = DelegationHeaders.Coders.ArePresentIn(headers);
        if (!ours && !coders)
        {
            return StepResult.Continue;
        }

        if (context.Policy.Options.Delegation == DelegationMode.Off)
        {
            return Denials.DelegationNotAllowed;
        }

        if (ours && coders)
        {
            return Denials.InvalidDelegation;
        }

        var names = ours ? DelegationHeaders.Ours : DelegationHeaders.Coders;
        if (!IsTrusted(context, names))
        {
            return ours ? _mismatch : _codersMismatch;
        }

        if (
            One(headers, names.KeyId) is not { } keyId
            || One(headers, names.Source) is not { } source
            || !HeaderText.IsVisible(source)
            || headers.IsRepeated(names.WorkspaceId)
        )
        {
            return Denials.InvalidDelegation;
        }

        var workspace = headers[names.WorkspaceId];
        if (!string.IsNullOrEmpty(workspace) && !Guid.TryParseExact(workspace, "D", out _))
        {
            return Denials.InvalidDelegation;
        }

        context.Delegation = new(keyId, source, string.IsNullOrEmpty(workspace) ? null : workspace);
        return StepResult.Continue;
    }

    private static bool IsTrusted(CheckContext context, DelegationHeaders names)
    {
        if (context.Policy.Options.Delegation == DelegationMode.Mtls)
        {
            return context.Request.Principal.Length > 0 && context.Policy.Principals.Contains(context.Request.Principal);
        }

        var headers = context.Request.Headers;
        return !headers.IsRepeated(names.GatewayKey)
            && headers[names.GatewayKey] is { Length: > 0 } key
            && context.Policy.GatewayKeys.Contains(key);
    }

    // Exactly one non-empty value without surrounding blanks and without a comma: Envoy joins repeated headers with commas.
    private static string? One(RequestHeaders headers, KnownHeader name) =>
        headers[name] is { Length: > 0 } value
        && !headers.IsRepeated(name)
        && !value.Contains(',')
        && value.AsSpan().Trim().Length == value.Length
            ? value
            : null;
}
