using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Looks up the app that the path or the policy names.</summary>
internal sealed class AppStep : ICheckStep
{
    private readonly AppCache _apps;
    private readonly VerdictResolver _resolver;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, AppFacts?, StepResult> _conclude;

    public AppStep(AppCache apps, VerdictResolver resolver, LiveOptions<AppsOptions> options)
    {
        (_apps, _resolver, _options) = (apps, resolver, options);
        _conclude = Conclude;
    }

    public string Name => "app";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Policy.App is not { } route)
        {
            return new(StepResult.Continue);
        }

        return route.IdIn(context.Path) is { } id
            ? _resolver.DecideAsync(_apps, id, context, _conclude, cancellationToken)
            : new(Denials.AppNotFound);
    }

    private StepResult Conclude(CheckContext context, AppFacts? app)
    {
        if (app is null)
        {
            return Denials.AppNotFound;
        }

        // Also before a denial: if it is shadowed, later steps need the app.
        context.App = app;

        // With HideForeign only members may learn that the app is disabled, so MembershipStep denies it.
        return app.IsDisabled && !_options.Current.HideForeign ? Denials.ServiceApiDisabled : StepResult.Continue;
    }
}
