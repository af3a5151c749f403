using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Denies callers who do not belong to the tenant of the app.</summary>
internal sealed class MembershipStep : ICheckStep
{
    private readonly MemberCache _members;
    private readonly VerdictResolver _resolver;
    private readonly LiveOptions<AppsOptions> _options;
    private readonly Func<CheckContext, bool, StepResult> _conclude;

    public MembershipStep(MemberCache members, VerdictResolver resolver, LiveOptions<AppsOptions> options)
    {
        (_members, _resolver, _options) = (members, resolver, options);
        _conclude = Conclude;
    }

    public string Name => "membership";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // No app on the route, or an earlier denial was shadowed.
        if (context.App is not { } app)
        {
            return new(StepResult.Continue);
        }

        var identity = context.KnownIdentity;
        if (identity.Tenant is { } bound && bound != app.TenantId)
        {
            return new(Conclude(context, isMember: false));
        }

        return identity is { Type: SubjectType.Account, UserId: { } user }
            ? _resolver.DecideAsync(_members, new(app.TenantId, user), context, _conclude, cancellationToken)
            : new(Conclude(context, IsMemberByIdentity(identity)));
    }

    // For callers without memberships in the store. Their tenant, if any, is the app's.
    private static bool IsMemberByIdentity(Identity identity) =>
        identity.Type switch
        {
            // Membership does not apply; AppAuthorizationStep decides.
            SubjectType.EndUser => true,

            // The tenant that the key is bound to is its membership.
            SubjectType.Service => identity.Tenant is not null,

            // A configured issuer asserts the tenant.
            SubjectType.Account => identity is { ExternalSubject: not null, Tenant: not null },
            _ => false,
        };

    private StepResult Conclude(CheckContext context, bool isMember)
    {
        context.IsMember = isMember;
        var hides = _options.Current.HideForeign;
        if (!isMember)
        {
            return hides ? Denials.AppNotFound : Denials.WorkspaceMembershipRevoked;
        }

        if (!hides || context.App is not { IsDisabled: true })
        {
            return StepResult.Continue;
        }

        return context.KnownIdentity.Type == SubjectType.EndUser ? Denials.AppNotFound : Denials.ServiceApiDisabled;
    }
}
