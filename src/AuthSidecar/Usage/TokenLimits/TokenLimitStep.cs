using System.Globalization;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Answers;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>
/// Reserves the estimated tokens of a provider request in the caller's windows; endpoints that generate nothing are free. Runs
/// late, because a later denial must release the reservation.
/// </summary>
internal sealed class TokenLimitStep(ITokenWindows windows, LiveOptions<LimitsOptions> options, TokenMetrics metrics, TimeProvider time)
    : ICheckStep
{
    public string Name => "token_limit";

    public bool AcquiresResources => true;

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var limits = options.Current;
        if (context.Policy.Options.Provider is not { Length: > 0 } || !PromptCost.MayGenerate(context.Endpoint))
        {
            return new(StepResult.Continue);
        }

        var buckets = TokenBuckets.Of(context.KnownIdentity, context.Policy, limits, RequestModels.WithLimits(context));
        if (buckets.Length == 0)
        {
            return new(StepResult.Continue);
        }

        var tokens = Math.Max(1, PromptCost.TokensOf(context.Request.Headers) + context.Request.Body.MaxOutput);

        // Set before it is made, so that a timeout in between can release it.
        context.ReservesTokens = true;
        var pending = windows.ReserveAsync(
            context.DecisionId,
            tokens,
            buckets,
            context.Policy.Options.Limit?.WhenRedisIsDown ?? limits.WhenRedisIsDown
        );
        return pending.IsCompletedSuccessfully
            ? new(Conclude(context, tokens, buckets, pending.Result))
            : AwaitAsync(context, tokens, buckets, pending);
    }

    private async ValueTask<StepResult> AwaitAsync(CheckContext context, long tokens, TokenBucket[] buckets, ValueTask<TokenAnswer> pending)
    {
        context.TimeoutDenial = Denials.LimiterUnavailable;
        var answer = await pending;
        context.TimeoutDenial = Denials.InternalError;
        return Conclude(context, tokens, buckets, answer);
    }

    private StepResult Conclude(CheckContext context, long tokens, TokenBucket[] buckets, TokenAnswer answer)
    {
        context.ReservesTokens = answer.Verdict == TokenVerdict.Reserved;
        switch (answer.Verdict)
        {
            case TokenVerdict.Reserved:
                context.Tokens = StateOf(buckets[answer.Bucket], answer);
                return StepResult.Continue;
            case TokenVerdict.Uncounted:
                return StepResult.Continue;
            case TokenVerdict.Full or TokenVerdict.TooLarge:
                metrics.CountRefused(context.Policy.Name);
                return RefusalOf(context, tokens, buckets[answer.Bucket], answer);
            default:
                return Denials.LimiterUnavailable;
        }
    }

    private TokenState StateOf(in TokenBucket bucket, in TokenAnswer answer) =>
        new(bucket.Tokens, answer.Remaining, answer.Reset, time.GetUtcNow() + answer.Reset);

    private Denial RefusalOf(CheckContext context, long tokens, TokenBucket bucket, TokenAnswer answer)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"{bucket.Tokens} tokens in {bucket.Window.TotalSeconds:0.###} s");
        var asked = tokens.ToString(CultureInfo.InvariantCulture);
        var headers = TokenHeaders.Of(context.Policy.Options.Errors, StateOf(bucket, answer));
        return answer.Verdict == TokenVerdict.TooLarge
            ? Denials.RateLimitedTokens with
            {
                RetryAfter = null,
                Message =
                    $"The request may need {asked} tokens; the limit is {limit} for {bucket.Name.Each}. "
                    + "Send a shorter prompt or a lower max_tokens.",
                Detail = $"{asked} tokens asked, limit {limit} for {bucket.Name.Detail}",
                Headers = [new("x-should-retry", "false"), .. headers],
            }
            : Denials.RateLimitedTokens with
            {
                RetryAfter = answer.RetryAfter,
                Message = $"Too many tokens: the limit is {limit} for {bucket.Name.Each}.",
                Detail = $"limit {limit} for {bucket.Name.Detail}; {asked} asked, {answer.Remaining} left",
                Headers = headers,
            };
    }
}
