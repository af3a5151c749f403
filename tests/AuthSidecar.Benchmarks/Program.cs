using AuthSidecar.Benchmarks;

return await Catalogue.RunAsync(args);
