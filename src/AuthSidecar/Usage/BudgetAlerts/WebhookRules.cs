using AuthSidecar.Platform.Configuration;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>Checks <c>Usage:BudgetWebhook</c>.</summary>
internal static class WebhookRules
{
    private const string Uri = "Usage:BudgetWebhook:Uri";
    private const string Secret = "Usage:BudgetWebhook:Secret";

    public static void Check(BudgetWebhookOptions webhook, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(webhook.Uri, Uri, problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Error(Uri, $"http is for loopback only; write https://, not {problems.Quote(webhook.Uri)}");
        }

        if (webhook.Secret is null != (webhook.Uri.Length == 0))
        {
            problems.Error(
                webhook.Secret is null ? Secret : Uri,
                webhook.Secret is null ? "must be set, e.g. as file:PATH or env:NAME" : "must be set where there is a Secret"
            );
        }
        else if (webhook.Secret is { Missing: null } secret && WebhookSecret.KeyOf(secret) is null)
        {
            problems.Error(Secret, "must be whsec_ and 24 to 64 bytes in Base64");
        }
    }
}
