using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Providers;

/// <summary>One entry of <c>Providers</c>.</summary>
internal sealed class ProviderOptions
{
    /// <summary>Format of the provider's API.</summary>
    public Dialect Dialect { get; set; } = Dialect.Openai;

    /// <summary>The central credential; empty: only the caller's own credentials (BYOK) reach the provider.</summary>
    public Secret? Credential { get; set; }
}
