using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Providers;

/// <summary>One entry of <c>Providers</c>.</summary>
internal sealed class ProviderOptions
{
    /// <summary>How its API carries a credential.</summary>
    public Dialect Dialect { get; set; } = Dialect.Openai;

    /// <summary>The central credential; without one only own credentials (BYOK) reach the provider.</summary>
    public Secret? Credential { get; set; }
}
