using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>One family of delegation headers: this sidecar's or coder's.</summary>
internal sealed record DelegationHeaders(KnownHeader GatewayKey, KnownHeader KeyId, KnownHeader Source, KnownHeader WorkspaceId)
{
    public static readonly DelegationHeaders Ours = new(
        KnownHeader.GatewayKey,
        KnownHeader.DelegatedKeyId,
        KnownHeader.Source,
        KnownHeader.WorkspaceId
    );

    public static readonly DelegationHeaders Coders = new(
        KnownHeader.CoderGatewayKey,
        KnownHeader.CoderDelegatedKeyId,
        KnownHeader.CoderSource,
        KnownHeader.CoderWorkspaceId
    );

    /// <summary>True when the request has one of them, even with an empty value.</summary>
    public bool ArePresentIn(RequestHeaders headers) =>
        headers.Has(GatewayKey) || headers.Has(KeyId) || headers.Has(Source) || headers.Has(WorkspaceId);
}
