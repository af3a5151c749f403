using AuthSidecar.Authorization;
using AuthSidecar.Endpoints;
using AuthSidecar.Pipeline;
using AuthSidecar.Pricing;
using AuthSidecar.Usage;

namespace AuthSidecar.Budgets;

/// <summary>What can be said of a request's price before it runs: its model where the path names it, and the size of its prompt.</summary>
internal sealed class PromptCost(PriceBook prices, UsageOptions options, TimeProvider time)
{
    // English prose has about four to a token; other scripts have fewer, and JSON around it more.
    private const int BytesPerToken = 4;

    // Where the longest context windows end: what is longer holds images or files.
    private const long MostTokens = 1_000_000;

    private static readonly string[] _noPrompts = ["multipart/", "audio/", "image/", "video/", "application/octet-stream"];

    /// <summary>What the prompt costs at the price of the path's model, or else at the provider's middle one.</summary>
    /// <returns>Millionths of the currency; 0: not known.</returns>
    public long Of(CheckContext context)
    {
        if (context.Request.Headers is not { ContentLength: > 0 and var bytes } headers || IsNoPrompt(headers[KnownHeader.ContentType]))
        {
            return 0;
        }

        // Output is not known here: what bounds it stands in the body.
        var (provider, now, input) = (context.Policy.Options.Provider!, time.GetUtcNow(), Math.Min(bytes / BytesPerToken, MostTokens));
        return ModelNames.InPath(context) is { Count: > 0 } models
            ? models.Max(model => prices.Expect(provider, model, now, input, output: 0))
            : prices.Expect(provider, model: null, now, input, output: 0);
    }

    /// <summary>Whether the setting lets it pass: not where it refuses models without a price, and the path's model, or the whole provider, has none.</summary>
    /// <exception cref="Storage.StoreUnavailableException">The prices cannot be read now.</exception>
    public async ValueTask<bool> MayPassAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (options.UnpricedModels == UnpricedModels.Estimate)
        {
            return true;
        }

        var (provider, now) = (context.Policy.Options.Provider!, time.GetUtcNow());
        foreach (var model in ModelNames.InPath(context))
        {
            if (!await prices.HasPriceAsync(provider, model, now, cancellationToken))
            {
                return false;
            }
        }

        return await prices.HasPriceAsync(provider, model: null, now, cancellationToken);
    }

    /// <summary>Whether it may cost anything; what is not known may.</summary>
    public static bool MayGenerate(EndpointKind endpoint) => endpoint is EndpointKind.None or EndpointKind.Unknown or EndpointKind.Generates;

    private static bool IsNoPrompt(string? type) => type is not null && Array.Exists(_noPrompts, one => type.AsSpan().TrimStart().StartsWith(one, StringComparison.OrdinalIgnoreCase));
}
