using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Section <c>Usage:BudgetWebhook</c>.</summary>
internal sealed class BudgetWebhookOptions
{
    /// <summary>
    /// Receives a signed POST when spend reaches the warning or the limit of a budget. Empty: no message is sent.
    /// </summary>
    public string Uri { get; set; } = "";

    /// <summary>Key of the signatures, as of Standard Webhooks: <c>whsec_</c> and 24 to 64 bytes in Base64.</summary>
    public Secret? Secret { get; set; }
}
