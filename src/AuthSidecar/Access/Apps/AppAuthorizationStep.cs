using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Denies callers who may not use this app of the tenant.</summary>
internal sealed class AppAuthorizationStep : ICheckStep
{
    private readonly AclCache _acl;
    private readonly VerdictResolver _resolver;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, bool, StepResult> _conclude;

    public AppAuthorizationStep(AclCache acl, VerdictResolver resolver, LiveOptions<AppsOptions> options)
    {
        (_acl, _resolver, _options) = (acl, resolver, options);
        _conclude = Conclude;
    }

    public string Name => "app_authorization";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // No app on the route, or an earlier denial was shadowed.
        if (context.App is not { } app)
        {
            return new(StepResult.Continue);
        }

        var access = AppAccess.Of(context.Policy.Options.Acl, app.Mode, context.KnownIdentity.Type);
        return access == AppVerdict.Ask
            ? _resolver.DecideAsync(_acl, AclRequest.Of(context.KnownIdentity, app), context, _conclude, cancellationToken)
            : new(Conclude(context, access == AppVerdict.Allowed));
    }

    private StepResult Conclude(CheckContext context, bool isAllowed)
    {
        if (isAllowed)
        {
            return StepResult.Continue;
        }

        // End users are not members of the tenant, and HideForeign hides its apps from non-members.
        var isHidden = context.KnownIdentity.Type == SubjectType.EndUser && _options.Current.HideForeign;
        return isHidden ? Denials.AppNotFound : Denials.SubjectNoAppAccess;
    }
}
