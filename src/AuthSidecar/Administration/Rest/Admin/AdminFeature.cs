using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary>Use cases of <see cref="AdminRoutes"/>, where no other feature has added them.</summary>
internal static class AdminFeature
{
    private static readonly Type[] _useCases =
    [
        typeof(AddMember),
        typeof(AddToGroup),
        typeof(CreateAccount),
        typeof(CreateApp),
        typeof(CreateGroup),
        typeof(CreateKey),
        typeof(CreateTenant),
        typeof(EndSessions),
        typeof(ImportPrices),
        typeof(ListApps),
        typeof(ListAudit),
        typeof(ListBudgets),
        typeof(ListGroupMembers),
        typeof(ListGroups),
        typeof(ListKeys),
        typeof(ListMembers),
        typeof(ListPrices),
        typeof(ListSessions),
        typeof(ListTenants),
        typeof(ListUsers),
        typeof(RemoveApp),
        typeof(RemoveBudget),
        typeof(RemoveFromGroup),
        typeof(RemoveGroup),
        typeof(RemoveMember),
        typeof(RemoveTenant),
        typeof(ResetPassword),
        typeof(RevokeKey),
        typeof(RevokeKeys),
        typeof(RotateKey),
        typeof(SetBudget),
        typeof(ShowKey),
        typeof(ShowUser),
        typeof(UpdateApp),
        typeof(UpdateKey),
        typeof(UpdateUser),
    ];

    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        foreach (var useCase in _useCases)
        {
            services.TryAddSingleton(useCase);
        }

        return services;
    }
}
